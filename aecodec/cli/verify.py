"""`aecodec verify`: check every byte and every pixel of .aez files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aecodec.cli import options
from aecodec.errors import counted

if TYPE_CHECKING:
    from aecodec.batch import VerifyReport


def verify(
    inputs: options.AezInputs,
    model: options.ExtraModel = None,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Check .aez files: every checksum, and that every image decodes to the pixels encoded."""
    from aecodec.batch import cores, find_aez_files, verify_all

    options.check_model(model)
    with find_aez_files(inputs, recursive=recursive) as found:
        options.tell_unentered(found.unentered)
        bar = options.bar("verifying", quiet=quiet)
        reports = verify_all(found, model, jobs or cores(), bar)
    failures = [failure for report in reports for failure in report.failures]
    if json:
        rows = [{"path": r.path, "images": r.images, "ok": not r.failures} for r in reports]
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    elif not quiet:
        _tell(reports)
    options.finish(failures)


def _tell(reports: "Sequence[VerifyReport]") -> None:
    """Say in one line what is well."""
    good = [report for report in reports if not report.failures]
    images = counted(sum(report.images for report in good), "image")
    if good and len(reports) == 1:
        options.say(f"{good[0].path}: {images}, all well")
    elif good and len(good) == len(reports):
        options.say(f"{len(good):,} files with {images}, all well")
    elif good:
        options.say(f"{len(good):,} of {len(reports):,} files are well, with {images}")
