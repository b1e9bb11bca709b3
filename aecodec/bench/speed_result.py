"""A benchmark of speed from end to end: its report and its picture."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from aecodec.bench.benchmark import Step
from aecodec.bench.result import Sample
from aecodec.bench.speed import QUICK, THOROUGH, find_subjects, measure_speed
from aecodec.bench.speed_plot import draw_speed


class SpeedResult:
    """What was timed.

    Args:
        sample: All images of a data set, of which some are taken.
        model: A family of ours or one model; by default the family that fits the images.
        everybody: Time thoroughly, and every family, where none is named.
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
        subjects, skipped = find_subjects(sample.images, model, everybody=everybody)
        pace = THOROUGH if everybody else QUICK
        self.report = measure_speed(sample.images, subjects, pace, watch=watch)
        self.report["data"] = sample.facts(min(pace.images, -(-sample.total // 2)))
        self.report["skipped"] = [asdict(skip) for skip in skipped]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the report, one for each codec, setting, effort, and way of our loops."""
        rows: list[dict[str, Any]] = self.report["speed"]
        return rows

    def draw(self, _picture: str, file: BinaryIO) -> None:
        """Draw speed against bytes, the one picture, as PNG."""
        measured, total = self.report["data"]["measured"], self._sample.total
        name = Path(self._sample.path).resolve().name
        draw_speed(file, self.report, f"{measured:,} of the {total:,} images of {name}")
