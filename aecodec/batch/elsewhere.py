"""Work that other machines do, where a caller has some: `aecodec.cluster`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from aecodec.archive import Archive
    from aecodec.batch.aez_files import AezFile
    from aecodec.batch.coding import Coding
    from aecodec.batch.reports import TaskResult
    from aecodec.batch.sources import Sources

Task = TypeVar("Task")
Result = TypeVar("Result")


class Elsewhere(Protocol):
    """Machines that do the tasks of a batch; their results come in the order of the tasks."""

    def code(
        self, coding: "Coding", sources: "Sources", size: int, target: str
    ) -> "Iterator[TaskResult]":
        """Code images for an archive, `size` a task. The machines read the sources themselves."""

    def written(self, target: str) -> None:
        """Learn that the archive is complete: what was kept to resume it may go."""

    def each_chunk(
        self,
        work: "Callable[[Archive, Task], Result]",
        tasks: Sequence[Task],
        file: "AezFile",
        archive: "Archive",
        model: str | None,
    ) -> Iterator[Result]:
        """Do the same work on chunks of an archive; see `aez_files.each_chunk`."""


_place: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)


@contextmanager
def done_elsewhere(place: Elsewhere) -> Iterator[None]:
    """Let other machines do the tasks of every batch that is begun in the block."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


def elsewhere() -> Elsewhere | None:
    """The machines that do the work, or None where this one does."""
    return _place.get()
