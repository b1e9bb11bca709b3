"""Where the results of a batch of .aez files go: none in the place of another or of an input."""

from collections.abc import Sequence
from pathlib import Path

from aecodec.batch.aez_files import AezFile
from aecodec.errors import OutputError
from aecodec.files import real


class TakenPlaces:
    """Where the results of a batch go: none where another went, none in the place of an input."""

    def __init__(self, files: Sequence[AezFile]) -> None:
        self._inputs = {real(file.path) for file in files}
        self._taken: dict[str, str] = {}

    def take(self, target: Path, file: AezFile) -> None:
        """Give `target` to `file`. Raises OutputError where it is taken, also with -f."""
        place = f"{real(target.parent)}/{target.name}"
        if place in self._inputs:
            raise OutputError(
                f"would be written to {target}, which is an input; choose another -o", file.name
            )
        if (other := self._taken.setdefault(place, file.name)) != file.name:
            raise OutputError(
                f"would be written to {target}, as {other} was; decompress them into different "
                "folders",
                file.name,
            )
