"""Work that other machines do, where a caller has some: `aecodec.cluster`."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from aecodec.archive import Archive
    from aecodec.batch.aez_files import AezFile
    from aecodec.batch.coding import Coding
    from aecodec.batch.reports import TaskResult
    from aecodec.batch.sources import Sources
    from aecodec.container import PartFile

Task = TypeVar("Task")
Result = TypeVar("Result")


class CodedPart(NamedTuple):
    """A part of an archive.

    Attributes:
        results: What its tasks gave, with the coded chunks.
        file: The .aez file that holds the part.
    """

    results: "list[TaskResult]"
    file: "PartFile"


class Elsewhere(Protocol):
    """Machines that do the tasks of a batch; their results come in the order of the tasks."""

    def code(
        self, coding: "Coding", sources: "Sources", size: int, folder: str
    ) -> "Iterator[CodedPart]":
        """Code images for an archive, `size` a task. The machines read the sources themselves.

        They leave the parts of the archive in a folder, where a run that ended early finds them.
        """

    def tidy(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove from a folder all that `code` has left there, but for the files to keep."""

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
