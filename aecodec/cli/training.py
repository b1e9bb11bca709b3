"""Progress of a training for people: a bar on a terminal, a line for each epoch elsewhere."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aecodec.cli import options
from aecodec.training import Progress

RECENT = 10  # epochs, whose mean time stands for that of those to come


@contextmanager
def training_progress(title: str) -> Iterator[Progress]:
    """Show how far a training is; yields what it is to call after each epoch."""
    if not sys.stderr.isatty():
        yield _Reporter(
            lambda text, done, total: options.say(f"{title} {done}/{total}  {text}"),
            lambda what: options.say(f"{title}: {what}"),
        )
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(title),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)
        yield _Reporter(
            lambda text, done, total: bar.update(
                task, description=text, completed=done, total=total
            ),
            lambda what: bar.update(task, description=what),
        )


class _Reporter(Progress):
    """Puts the figures of an epoch, and the time that its stages still take, into words.

    show: takes what to say of an epoch, and how many are done of how many; tell: what goes on.
    """

    def __init__(self, show: Callable[[str, int, int], None], tell: Callable[[str], None]) -> None:
        self._show = show
        self._tell = tell
        self._stage = ""
        self._before = time.monotonic()
        self._times: deque[float] = deque(maxlen=RECENT)

    def epoch(
        self,
        stage: str,
        done: int,
        total: int,
        distortion: float | None = None,
        rate: float | None = None,
        validation: float | None = None,
    ) -> None:
        """Say how an epoch went."""
        if stage != self._stage:  # whose epochs take another time
            self._stage = stage
            self._times.clear()
        now = time.monotonic()
        self._times.append(now - self._before)
        self._before = now
        figures = []
        if distortion is not None:
            figures.append(f"MSE {distortion:.5f}")
        if distortion is not None and validation is not None:
            figures.append(f"validation {validation:.5f}")
        if rate is not None:
            figures.append(f"{rate:.1f} bits an image")
        if distortion is None and validation is not None:
            figures.append(f"validation {validation:.1f}")
        text = f"{stage}: {', '.join(figures)}"
        left = (total - done) * sum(self._times) / len(self._times)
        if done < total:
            text += f", {_duration(left)} left"
        self._show(text, done, total)

    def busy(self, what: str) -> None:
        """Say what is done now."""
        self._tell(what)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
