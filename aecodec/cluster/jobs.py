"""Tasks that are on their way through a cluster, and their results on storage."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future as Loading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from distributed import Future

AHEAD = 4  # times as many tasks as there are threads may be begun before the first is done
AT_ONCE = 16  # files that the storage is asked for at a time

Task_contra = TypeVar("Task_contra", contravariant=True)


class Kept(Protocol[Task_contra]):
    """Results that workers leave on storage. Several threads ask for them."""

    def has(self, task: Task_contra) -> bool:
        """Whether an earlier run has left the result of a task."""

    def load(self, task: Task_contra) -> Any:
        """The result that a worker has left; None where it is missing or damaged."""


@dataclass
class Attempt:
    """A task on its way through the cluster; `since` is when a worker was seen to have it."""

    future: "Future[Any]"
    since: float


@dataclass
class Job:
    """A task, its place among all, and what has become of it."""

    task: Any
    number: int
    attempts: list[Attempt] = field(default_factory=list)
    failures: int = 0
    late: int = 0
    due: float = 0.0
    done: bool = False
    result: Any = None
    loading: Loading[Any] | None = None


@dataclass
class Run:
    """The tasks of one call of `Farm.run`, the first of which is the next to be handed on.

    Attributes:
        function: What to do with each.
        rest: The tasks that are not begun.
        kept: Where results are left, or None.
        pool: Threads that ask the storage.
        name: What the dashboard calls the tasks.
        jobs: The tasks that are begun.
        begun: How many were.
    """

    function: Callable[[Any], Any]
    rest: Iterator[Any]
    kept: Kept[Any] | None
    pool: ThreadPoolExecutor
    name: str
    jobs: deque[Job] = field(default_factory=deque)
    begun: int = 0

    def open_jobs(self) -> list[Job]:
        """Those that are not done."""
        return [job for job in self.jobs if not job.done]

    def take(self, threads: int) -> None:
        """Begin as many tasks as keep so many threads busy."""
        while (room := self._room(threads)) and (tasks := list(islice(self.rest, room))):
            kept = self.kept
            found = [False] * len(tasks) if kept is None else self.pool.map(kept.has, tasks)
            for task, done in zip(tasks, found, strict=True):
                self.jobs.append(Job(task, self.begun, done=done))
                self.begun += 1

    def _room(self, threads: int) -> int:
        room = min(2 * threads - len(self.open_jobs()), AHEAD * threads - len(self.jobs))
        return max(0, min(room, AT_ONCE))

    def first_result(self) -> Any:
        """The result of the first task, which is done; None where it is not to be found."""
        if self.kept is None:
            return self.jobs[0].result
        for job in islice(self.jobs, AT_ONCE):  # those behind are read meanwhile
            if job.done and job.loading is None:
                job.loading = self.pool.submit(self.kept.load, job.task)
        loading, self.jobs[0].loading = self.jobs[0].loading, None
        return loading and loading.result()
