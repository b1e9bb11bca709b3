"""A benchmark of a data set from end to end: its sample, its report, its pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aecodec.bench.benchmark import Step, fitting, gather, run, sample
from aecodec.bench.measure import digits_of
from aecodec.bench.peers import Peer
from aecodec.bench.plots import draw_comparison, draw_reconstructions
from aecodec.bench.rd_plot import draw_rates
from aecodec.datasets import Labels, Options, load_part
from aecodec.errors import AecodecError, InvalidImageError
from aecodec.images import Images


@dataclass(frozen=True)
class Sample:
    """The images of a data set that are measured.

    Attributes:
        path: The data set.
        images: uint8 (N, 28, 28), at least one.
        digits: Their labels as digits, int64 (N,), or None.
        numbers: The place of each in the data set.
        total: How many images the data set has.
        skipped: An error for each image file that was left out.
    """

    path: str
    images: Images
    digits: Labels | None
    numbers: Sequence[int]
    total: int
    skipped: Sequence[AecodecError] = ()

    @property
    def title(self) -> str:
        """What was measured, for a picture."""
        of_all = "" if len(self.images) == self.total else f"of the {self.total:,} "
        return f"{len(self.images):,} {of_all}images of {Path(self.path).resolve().name}"

    def facts(self, measured: int) -> dict[str, Any]:
        """What a report says of the data, of which so many images were measured."""
        return {
            "path": self.path,
            "images": self.total,
            "measured": measured,
            "skipped": len(self.skipped),
        }


def load_sample(
    path: str,
    options: Options = Options(),  # noqa: B008 - frozen
    split: str | None = None,
    *,
    everybody: bool = False,
) -> Sample:
    """Load what is to be measured of a data set.

    Args:
        path: The data set.
        options: How to read it.
        split: The one part to take; by default `test` where there are several.
        everybody: Take all images.

    Raises:
        MissingFileError: There is no such file or folder.
        InvalidImageError: It cannot be read, or holds no images.
    """
    loaded = load_part(path, options, split)
    if not len(loaded):
        raise InvalidImageError("holds no images", path)
    numbers = sample(len(loaded), everybody=everybody)
    digits = digits_of(loaded.labels, loaded.class_names)
    return Sample(
        path,
        loaded.images[numbers],
        None if digits is None else digits[numbers],
        numbers,
        len(loaded),
        loaded.skipped,
    )


class Result:
    """What was measured of a sample.

    Args:
        sample: The images.
        model: One of our models or families; by default the family that fits, and `any`.
        everybody: Measure thoroughly, all families, and the slow peers too.
        watch: Called before each step.

    Attributes:
        report: All figures, for JSON.
    """

    def __init__(
        self,
        sample: Sample,
        model: str | None = None,
        *,
        everybody: bool = False,
        watch: Callable[[Step], object] = lambda _: None,
    ) -> None:
        self._sample = sample
        self._peers, skipped = gather(sample.images, model, everybody=everybody)
        self.report, self._decoded = run(
            sample.images, sample.digits, self._peers, skipped, everybody=everybody, watch=watch
        )
        self.report["data"] = sample.facts(len(sample.images))
        for row in self.report["codecs"]:
            row["worst_image"] = sample.numbers[row["worst_image"]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the report, one for each codec and setting."""
        rows: list[dict[str, Any]] = self.report["codecs"]
        return rows

    def draw(self, picture: str, file: BinaryIO) -> None:
        """Draw a picture as PNG.

        Args:
            picture: `plot`, a sample decoded by each of our levels, and its errors; `rd`, the
                rate-distortion curves; or `compare`, the same images at about the same bytes.
            file: Where it goes.
        """
        peers, rows = self._shown
        sample = self._sample
        if picture == "plot":
            decoded = {p.name: self._decoded[p.name] for p in peers if p.name in self._decoded}
            draw_reconstructions(file, sample.images, decoded, rows)
        elif picture == "rd":
            draw_rates(file, rows, sample.title)
        else:
            draw_comparison(file, sample.images, sample.digits, peers, rows)

    @property
    def _shown(self) -> tuple[Sequence[Peer], Sequence[dict[str, Any]]]:
        """The peers and rows that pictures show."""
        return fitting(self._peers, self.report["codecs"])
