"""Batches over workers: results in the order of the tasks, so any number of workers agrees."""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from aecodec.batch.temporary import remove_unfinished
from aecodec.errors import AecodecError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

_SECONDS_TO_TIDY = 1
# Those that end a command; SIGALRM is how the command line puts the others off.
_SIGNALS = {n for n in signal.Signals if n.name in ("SIGINT", "SIGTERM", "SIGALRM")}

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def may_fork() -> bool:
    """Whether this process has one thread, those that libraries started counted.

    A fork copies only the thread that asks for it; locks that others hold stay locked for ever.
    """
    if sys.platform != "linux":
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - names only
    except OSError:
        return False


def ordered_map(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    jobs: int,
    *,
    shared: Callable[[Task], Result] | None = None,
) -> Iterator[Result]:
    """Apply a function to tasks, several at a time.

    Workers are forked processes where this process has one thread, as the command line's has:
    they start at once and inherit loaded models. In a program with several threads, where a fork
    is unsafe, they are threads too: a new interpreter would run the program's main module again.
    NumPy releases the interpreter lock in most of the work.

    Args:
        function: What to do; it and the tasks are pickled for a process.
        tasks: Taken a few ahead of the results, no more.
        jobs: How many workers; with 1 or less this thread does the work.
        shared: The same function for threads, where it may hold what cannot be pickled.

    Yields:
        The results, in the order of the tasks. Where they are not all taken, running tasks are
        interrupted in processes and waited for in threads; the others are never begun.

    Raises:
        AecodecError: A worker process was killed.
    """
    if jobs <= 1:
        yield from map(shared or function, tasks)
    elif may_fork():
        yield from _in_processes(function, tasks, jobs)
    else:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(jobs)
        try:
            yield from in_order(lambda task: pool.submit(shared or function, task), tasks, jobs)
        finally:
            pool.shutdown(cancel_futures=True)


def in_order(
    submit: "Callable[[Task], Future[Result]]", tasks: Iterable[Task], jobs: int
) -> Iterator[Result]:
    """Submit tasks to so many workers, a few ahead, and yield their results in order."""
    pending: deque[Future[Result]] = deque()
    for task in tasks:
        pending.append(submit(task))
        if len(pending) > 2 * jobs:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _in_processes(
    function: Callable[[Task], Result], tasks: Iterable[Task], jobs: int
) -> Iterator[Result]:
    import multiprocessing  # a third of the start-up of a command that needs one process only
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork")
    ended, end = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, initializer=_become_worker, initargs=(ended,))

    def submit(task: Task) -> "Future[Result]":
        with _signals_held():
            future = pool.submit(_run, function, task)
        # The pool writes there only in its workers. Left open here, what a worker sent half as it
        # ended would be waited for without end.
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # nothing public does it
        return future

    try:
        yield from in_order(submit, tasks, jobs)
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
        try:
            return function(task)
        finally:
            _busy = False
    except KeyboardInterrupt:  # also one that comes as a task ends
        remove_unfinished()
        os._exit(1)


def _become_worker(ended: "Connection") -> None:
    """Let a worker end when the command does, even where it is killed and cannot tell.

    A worker inherits the command's handlers, and the pool takes what they raise for a task's
    result and goes on: a worker so could not be ended at all.
    """
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the command tells
    signal.signal(signal.SIGTERM, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # see _signals_held
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()


def _end(*_: Any) -> None:
    """End a worker: a task is interrupted, so that it leaves no half file behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once; what tidies up is left alone
    if not _busy:
        os._exit(1)
    raise KeyboardInterrupt


def _wait_for_end(ended: "Connection") -> None:
    import threading
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    if parent := parent_process():
        wait([parent.sentinel, ended])
    if _busy:
        main = threading.main_thread().ident
        assert main is not None  # noqa: S101 - it runs
        signal.pthread_kill(main, signal.SIGTERM)  # it may sleep or wait: a real signal wakes it
        time.sleep(_SECONDS_TO_TIDY)
        remove_unfinished()  # what a task left that hangs, or that was not given the time
    os._exit(1)
