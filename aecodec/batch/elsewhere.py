"""Work that other machines do, where a caller has some: `aecodec.cluster`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from aecodec.batch.coding import Coding
    from aecodec.batch.reports import TaskResult
    from aecodec.batch.sources import Sources

Task = TypeVar("Task")
Result = TypeVar("Result")


class Elsewhere(Protocol):
    """Machines that do the tasks of a batch; their results come in the order of the tasks."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Apply a function to tasks; both are pickled."""

    def code(self, coding: "Coding", sources: "Sources", size: int) -> "Iterator[TaskResult]":
        """Code the images of sources, `size` a task. The machines read them on their own."""


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
