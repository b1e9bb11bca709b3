"""Batches over processes: results in the order of the tasks, so any number of workers agrees."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from aecodec.errors import AecodecError

if TYPE_CHECKING:
    from concurrent.futures import Future

# How many threads NumPy's BLAS starts, which matters before NumPy is imported.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def ordered_map(
    function: Callable[[Task], Result], tasks: Iterable[Task], jobs: int
) -> Iterator[Result]:
    """Apply `function` in `jobs` processes, holding only a few tasks and results at a time.

    Raises AecodecError when a worker is killed.
    """
    if jobs <= 1:
        yield from map(function, tasks)
        return
    import multiprocessing  # a third of the start-up of a command that needs one process only
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # fork starts at once and inherits loaded models; elsewhere it is unsafe or missing.
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(jobs, context, initializer=_end_with_parent)
    pending: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            pending.append(pool.submit(function, task))
            if len(pending) > 2 * jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise AecodecError("A worker process was killed; try fewer jobs with -j.") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let a worker end when the command does, even where it is killed and cannot tell."""
    import multiprocessing
    import threading

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
