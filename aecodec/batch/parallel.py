"""Batches over processes: results in the order of the tasks, so any number of workers agrees."""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from aecodec.errors import AecodecError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

# How many threads NumPy's BLAS starts, which matters before NumPy is imported.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_SECONDS_TO_TIDY = 1
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def ordered_map(
    function: Callable[[Task], Result], tasks: Iterable[Task], jobs: int
) -> Iterator[Result]:
    """Apply `function` in `jobs` processes, holding only a few tasks and results at a time.

    Where the results are not all taken, the tasks that run are interrupted, not waited for.
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
    ended, end = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, initializer=_become_worker, initargs=(ended,))
    pending: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            with _signals_held():
                pending.append(pool.submit(_run, function, task))
            if len(pending) > 2 * jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise AecodecError("A worker process was killed; try fewer jobs with -j.") from error
    except BaseException:
        end.send(None)  # which nobody takes out, so that every worker sees it
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        end.close()
        ended.close()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back while workers are forked, which until `_become_worker` would show them."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_busy = False


def _run(function: Callable[[Task], Result], task: Task) -> Result:
    """Do a task in a worker; where the worker is to end, end it once the task has tidied up."""
    global _busy
    try:
        _busy = True
        return function(task)
    except KeyboardInterrupt:
        os._exit(1)
    finally:
        _busy = False


def _become_worker(ended: "Connection") -> None:
    """Let a worker end when the command does, even where it is killed and cannot tell.

    A worker inherits the command's handlers, and the pool takes what they raise for a task's
    result and goes on: a worker so could not be ended at all.
    """
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the command tells
    signal.signal(signal.SIGTERM, _end)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # see _signals_held
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()


def _end(*_: Any) -> None:
    """End a worker: a task is interrupted, so that it leaves no half file behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once; what tidies up is left alone
    if not _busy:
        os._exit(1)
    raise KeyboardInterrupt


def _wait_for_end(ended: "Connection") -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    if parent := parent_process():
        wait([parent.sentinel, ended])
    if _busy:
        _interrupt_main_thread()
        time.sleep(_SECONDS_TO_TIDY)
    os._exit(1)


def _interrupt_main_thread() -> None:
    import _thread
    import threading

    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(main, signal.SIGTERM)  # it may sleep or wait: a real signal wakes it
