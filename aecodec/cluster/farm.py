"""Tasks on the workers of a cluster, until each is done, whatever becomes of the workers.

Dask itself gives the task of a worker that dies to another. What this adds: a task that fails is
tried again after a pause, one that takes too long is given to a second worker as well, and what
is kept on storage already is not done at all. Results come in the order of the tasks.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from aecodec.cluster.jobs import AT_ONCE, Attempt, Job, Kept, Run
from aecodec.errors import (
    AecodecError,
    InvalidArgumentError,
    MissingDependencyError,
    UnsupportedFileError,
)

if TYPE_CHECKING:
    from distributed import Client

TRIES = 5
FIRST_PAUSE = 1.0  # seconds before a task is tried again; each pause is twice the one before
LOOK = 1.0  # seconds between two looks at the cluster
LOST = 600.0  # seconds that a cluster without workers is waited for
KEPT = "What is done is kept: the same command goes on from there"
FINAL = (InvalidArgumentError, MissingDependencyError, UnsupportedFileError)

Task = TypeVar("Task")


class Farm:
    """The workers of a cluster.

    Args:
        client: Leads to the scheduler.
        timeout: Seconds after which a task is given to a second worker.
    """

    def __init__(self, client: "Client", timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._threads: dict[str, int] = {}  # of each worker
        self._stalled: set[str] = set()
        self._looked = 0.0

    def run(
        self,
        function: Callable[[Task], Any],
        tasks: Iterable[Task],
        name: str,
        kept: Kept[Task] | None = None,
    ) -> Iterator[Any]:
        """Apply a function to tasks.

        Args:
            function: What to do; it and the tasks are pickled.
            tasks: Taken as workers become free.
            name: What the dashboard calls the tasks, beside their numbers.
            kept: Where the function leaves its results, if they are not to come back over the
                network; what it returns is then not looked at.

        Yields:
            The results, in the order of the tasks.

        Raises:
            AecodecError: The scheduler has ended, or a task failed again and again.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            run = Run(function, iter(tasks), kept, pool, name)
            try:
                yield from self._results(run)
            finally:
                self._cancel([attempt for job in run.jobs for attempt in job.attempts])
                pool.shutdown(cancel_futures=True)

    def _results(self, run: Run) -> Iterator[Any]:
        while True:
            self._look()
            run.take(sum(self._threads.values()))
            if not run.jobs:
                return
            first = run.jobs[0]
            if not first.done:
                self._attend(run)
                continue
            result = run.first_result()
            if run.kept and result is None:
                first.done = False
                self._failed(first, AecodecError("a part is missing or damaged on storage"))
                continue
            run.jobs.popleft()
            yield result

    def _attend(self, run: Run) -> None:
        """Send what is due, wait for whatever ends first, and take it in."""
        from distributed import wait

        now = time.monotonic()
        jobs = run.open_jobs()
        for job in jobs:
            if not job.attempts and job.due <= now:
                self._send(run, job)
        futures = [attempt.future for job in jobs for attempt in job.attempts]
        waits = [max(job.due - now, 0.01) for job in jobs if job.due > now]
        pause = min([LOOK, self._timeout / 4, *waits])
        if futures:
            with _reachable(), suppress(TimeoutError), self._client.as_current():
                wait(futures, timeout=pause, return_when="FIRST_COMPLETED")
        else:
            time.sleep(pause)
        for job in jobs:
            self._take_in(job)
        self._send_again(run, [job for job in jobs if not job.done])

    def _send(self, run: Run, job: Job) -> None:
        """Hand a task to the scheduler, for workers that have not stalled if there are any."""
        well = sorted(set(self._threads) - self._stalled)
        if not well:
            self._stalled.clear()
        chosen = {"workers": well, "allow_other_workers": True} if self._stalled else {}
        key = f"{run.name}-{job.number:06}-{uuid.uuid4().hex[:8]}"
        with _reachable():
            future = self._client.submit(run.function, job.task, key=key, **chosen)
        job.attempts.append(Attempt(future, time.monotonic()))

    def _take_in(self, job: Job) -> None:
        """Look at what has become of the attempts at a task."""
        for attempt in list(job.attempts):
            status = attempt.future.status
            if status == "pending":
                continue
            job.attempts.remove(attempt)
            if status == "finished":
                try:
                    job.result = attempt.future.result(timeout=self._timeout)
                    job.done = True
                except (OSError, TimeoutError, CancelledError) as error:
                    self._failed(job, error)
            elif status == "error":
                with _reachable():
                    fault = attempt.future.exception(timeout=self._timeout)
                self._failed(job, fault)
            else:
                raise _gone()
        if job.done:
            self._cancel(job.attempts)
            job.attempts.clear()

    def _failed(self, job: Job, error: BaseException) -> None:
        """Let a task be tried again. Raises where it was tried often enough."""
        from distributed import KilledWorker

        job.failures += 1
        if isinstance(error, ImportError):
            raise MissingDependencyError(
                f"a worker cannot import {error.name}: install aecodec[cluster] there, of the "
                "same version"
            ) from error
        if job.failures < TRIES and not isinstance(error, FINAL):
            job.due = time.monotonic() + FIRST_PAUSE * 2 ** (job.failures - 1)
            return
        if isinstance(error, AecodecError):
            raise error
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, KilledWorker):
            reason = "they died, perhaps for want of memory; their logs may tell"
        text = f"the workers failed {TRIES} times at one part ({reason}). {KEPT}"
        raise AecodecError(text) from error

    def _send_again(self, run: Run, jobs: Sequence[Job]) -> None:
        """Give tasks that take too long to other workers as well; the first result counts."""
        now = time.monotonic()
        late = [
            job
            for job in jobs
            if job.attempts and job.attempts[-1].since + self._timeout * 2**job.late < now
        ]
        if not late:
            return
        with _reachable():
            busy = self._client.processing()
        for job in late:
            keys = {attempt.future.key for attempt in job.attempts}
            holders = {worker for worker, has in busy.items() if keys.intersection(has)}
            if not holders:
                job.attempts[-1].since = now  # no worker has begun it
                continue
            job.late += 1
            self._stalled |= holders
            self._send(run, job)

    def _look(self) -> None:
        """Find out now and then which workers there are; where all have gone, wait for others."""
        now = time.monotonic()
        if self._threads and now < self._looked + LOOK:
            return
        self._looked = now
        while True:
            with _reachable():
                self._threads = self._client.nthreads()
            if self._threads:
                return
            if time.monotonic() > now + LOST:
                raise AecodecError(f"The cluster has no workers any more. {KEPT}")
            time.sleep(LOOK)

    def _cancel(self, attempts: Sequence[Attempt]) -> None:
        with suppress(OSError, TimeoutError, CancelledError, RuntimeError):
            if attempts:
                self._client.cancel([attempt.future for attempt in attempts], force=True)


def _gone() -> AecodecError:
    return AecodecError(f"The scheduler has ended. {KEPT}")


@contextmanager
def _reachable() -> Iterator[None]:
    """Say in one sentence that the scheduler is gone, whatever Dask says."""
    from distributed import TimeoutError as DaskTimeoutError

    try:
        yield
    except (TimeoutError, DaskTimeoutError):
        raise
    except (OSError, CancelledError, RuntimeError) as error:
        raise _gone() from error
