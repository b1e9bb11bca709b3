"""The progress of a benchmark: what is measured, a bar that moves, the time that is left."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aecodec.bench import Step

TRUST = 3.0  # seconds after which this machine's pace counts for as much as the trial's
CAUTION = 1.3  # the pace that is taken for granted, so that the estimate falls


class Clock:
    """Tells from the steps of a benchmark how far it is, and how long it will still take.

    Args:
        now: The seconds of a clock.

    Attributes:
        left: The seconds that are left, ever fewer.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._start = now()
        self._end = self._after = self.left = math.inf

    def begin(self, step: "Step") -> None:
        """Take up the next step."""
        now = self._now()
        pace = (now - self._start + CAUTION * TRUST) / (step.before + TRUST)
        self._after = step.after * pace
        self._end = now + step.during * pace + self._after

    def tick(self) -> float:
        """Bring `left` up to date; return the share that is done, from 0 to 1."""
        now = self._now()
        self.left = min(self.left, max(self._end - now, self._after))
        spent = now - self._start
        return spent / (spent + self.left) if spent else 0.0


@contextmanager
def bench_progress() -> Iterator[Callable[["Step"], object]]:
    """Show progress on a terminal's standard error; yields what to call before each step."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    clock = Clock()

    class Bar(BarColumn):
        def render(self, _task: Task) -> ProgressBar:
            return ProgressBar(total=1.0, completed=clock.tick(), width=self.bar_width)

    class Left(ProgressColumn):
        def render(self, _task: Task) -> Text:
            return Text("" if clock.left == math.inf else f"{_duration(clock.left)} left")

    columns = (TextColumn("measuring {task.description}", markup=False), Bar(20), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("a few images", total=None)

        def watch(step: "Step") -> None:
            clock.begin(step)
            progress.update(task, description=step.name)

        yield watch


def _duration(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60:02} s"
