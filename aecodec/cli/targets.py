"""Where a long run is to write: found out before it starts, not when its work would be lost."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from aecodec.batch import check_target, make_folder
from aecodec.cli import options
from aecodec.errors import OutputError
from aecodec.storage import UrlPath


def check_targets(
    targets: Iterable[Path | None], *, overwrite: bool, folders: bool = False
) -> None:
    """Raise OutputError for what cannot be written; '-' is wrong usage, these are files.

    Args:
        targets: The files; None is passed over.
        overwrite: Whether they may replace others.
        folders: Whether to create the folders that they are in.
    """
    for target in filter(None, targets):
        if str(target) == "-":
            raise options.wrong_usage("'-' (standard output) is not taken here; name a file")
        check_target(target, overwrite=overwrite)
        if folders:
            make_folder(target.parent)
        if isinstance(target, UrlPath):
            make_folder(target.parent)  # there must be a bucket
            continue
        try:
            tempfile.TemporaryFile(dir=target.parent).close()
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror}", target) from error
