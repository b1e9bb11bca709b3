import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path

import pytest
from helpers import folder_of, pattern, tree

from aecodec import threads
from aecodec.batch import parallel
from aecodec.batch.parallel import cores, ordered_map
from aecodec.errors import AecodecError, InvalidImageError

ONE_THREAD = {**os.environ, **dict.fromkeys(threads.VARIABLES, "1")}  # as the command line has it


def square(number: int) -> int:
    return number * number


def late_first(number: int) -> int:
    time.sleep(0.05 if number == 0 else 0)
    return number


def refuse(number: int) -> int:
    if number == 3:
        raise InvalidImageError(f"x{number}.png: bad")
    return number


def die(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def where(_: int) -> int:
    return os.getpid()


@pytest.fixture(params=["processes", "threads"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both sorts of workers, whatever threads pytest and NumPy have here."""
    monkeypatch.setattr(parallel, "may_fork", lambda: request.param == "processes")
    return str(request.param)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "may_fork", lambda: True)


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("jobs", [0, 1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert list(ordered_map(square, range(20), jobs)) == [n * n for n in range(20)]
    assert list(ordered_map(late_first, range(9), jobs)) == list(range(9))
    assert list(ordered_map(square, [], jobs)) == []


def test_one_job_and_threads_stay_in_this_process(workers: str) -> None:
    assert set(ordered_map(where, range(3), 1)) == {os.getpid()}
    found = set(ordered_map(where, range(3), 2))
    assert (os.getpid() in found) == (workers == "threads")


def test_a_process_with_threads_is_not_forked() -> None:
    idle = threading.Event()
    thread = threading.Thread(target=idle.wait)
    thread.start()
    try:
        assert not parallel.may_fork()
        assert set(ordered_map(where, range(3), 2)) == {os.getpid()}
    finally:
        idle.set()
        thread.join()


def test_threads_get_what_cannot_be_pickled(workers: str) -> None:
    lock = threading.Lock()
    found = set(ordered_map(where, range(3), 2, shared=lambda _: id(lock)))
    assert (found == {id(lock)}) == (workers == "threads")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are threads")
def test_the_command_line_has_one_thread_also_once_it_has_coded() -> None:
    script = (
        "import aecodec.cli, aecodec, numpy as np; from aecodec.batch import parallel;"
        "aecodec.compress(np.zeros((600, 28, 28), np.uint8)); print(parallel.may_fork())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"True\n"


UNGUARDED = """
import sys, threading
from pathlib import Path
import aecodec

print("run", flush=True)
threading.Thread(target=threading.Event().wait, daemon=True).start()
folder, jobs = Path(sys.argv[1]), int(sys.argv[2])
target = folder / f"{jobs}.aez"
aecodec.compress_file(folder / "in", target, jobs=jobs)
aecodec.decompress_file(target, folder / f"out{jobs}", jobs=jobs)
"""


def test_a_script_with_threads_and_no_guard_runs_once(tmp_path: Path) -> None:
    folder_of(tmp_path / "in", pattern(9))
    for number in range(9, 2100):
        (tmp_path / f"in/{number:04}.png").hardlink_to(tmp_path / f"in/0{number % 9}.png")
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    for jobs in ("1", "2"):
        done = subprocess.run(
            [sys.executable, script, tmp_path, jobs], capture_output=True, check=False, timeout=120
        )
        assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"run\n")
    assert (tmp_path / "1.aez").read_bytes() == (tmp_path / "2.aez").read_bytes()
    assert tree(tmp_path / "out1") == tree(tmp_path / "out2") == tree(tmp_path / "in")


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_a_worker_is_raised_here(jobs: int) -> None:
    with pytest.raises(InvalidImageError, match=r"x3\.png: bad"):
        list(ordered_map(refuse, range(9), jobs))


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("jobs", [1, 2])
def test_only_a_few_tasks_are_taken_ahead(jobs: int) -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = ordered_map(square, tasks(), jobs)
    for _ in range(10):
        next(results)
    assert len(taken) <= 10 + 2 * jobs + 1
    results.close()  # type: ignore[attr-defined]  # a generator, promised as an iterator


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_worker_is_an_error_not_a_hang() -> None:
    with pytest.raises(AecodecError, match="worker process was killed"):
        list(ordered_map(die, range(9), 2))


def half_sent(number: int) -> int:
    """A result of which the first half reaches the command, and the other half is late."""

    def send(results: connection.Connection, data: bytes) -> None:
        os.write(results.fileno(), data[: len(data) // 2])
        time.sleep(30)

    connection.Connection._send = send  # type: ignore[attr-defined]  # as a full pipe would
    return number


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_results_that_workers_sent_half_as_they_ended_are_not_waited_for() -> None:
    def tasks() -> Iterator[int]:
        yield from range(2)
        time.sleep(1)  # by then the first halves are there
        raise InvalidImageError("bad")

    before = time.monotonic()
    with pytest.raises(InvalidImageError):
        list(ordered_map(half_sent, tasks(), 2))
    assert time.monotonic() - before < 10


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1


SLOW = """
import signal, sys, time
from pathlib import Path
from aecodec.batch.parallel import ordered_map

def terminate(*_):
    raise KeyboardInterrupt

def work(number):
    path = Path(sys.argv[1], str(number))
    try:
        path.touch()
        time.sleep(30)
    finally:
        path.unlink()

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, terminate)
    try:
        list(ordered_map(work, range(9), 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def wait_until_full(folder: Path, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while len(list(folder.iterdir())) < 2:
        assert child.poll() is None and time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("everyone", [False, True])
def test_an_interrupt_waits_for_no_task_and_lets_them_tidy_up(
    tmp_path: Path, how: signal.Signals, everyone: bool
) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    folder = tmp_path / "out"
    folder.mkdir()
    child = subprocess.Popen(
        [sys.executable, script, folder],
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=ONE_THREAD,
    )
    wait_until_full(folder, child)
    before = time.monotonic()
    (os.killpg if everyone else os.kill)(child.pid, how)
    _, text = child.communicate(timeout=20)
    assert time.monotonic() - before < 5
    assert child.returncode == 130
    assert text == b""
    assert list(folder.iterdir()) == []


HANGING = """
import signal, sys, time
from pathlib import Path
from aecodec.batch.parallel import ordered_map
from aecodec.batch.temporary import temporary_beside

def terminate(*_):
    raise KeyboardInterrupt

def work(number):
    with temporary_beside(Path(sys.argv[1], str(number))):
        while True:
            try:
                time.sleep(30)
            except KeyboardInterrupt:  # lost, as in a finalizer
                pass

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    try:
        list(ordered_map(work, range(9), 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_task_that_hears_no_interrupt_leaves_no_half_file(tmp_path: Path) -> None:
    script = tmp_path / "hanging.py"
    script.write_text(HANGING)
    folder = tmp_path / "out"
    folder.mkdir()
    child = subprocess.Popen(
        [sys.executable, script, folder], start_new_session=True, env=ONE_THREAD
    )
    wait_until_full(folder, child)
    os.killpg(child.pid, signal.SIGTERM)
    assert child.wait(timeout=20) == 130
    assert list(folder.iterdir()) == []


AT_FORK = """
import os, signal, time
from aecodec.batch.parallel import ordered_map

def terminate(*_):
    raise KeyboardInterrupt

def interrupted():
    os.kill(os.getpid(), signal.SIGINT)  # reaches a worker that has just been forked

signal.signal(signal.SIGINT, terminate)
os.register_at_fork(after_in_child=interrupted)
print(list(ordered_map(abs, range(-9, 0), 2)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_an_interrupt_of_a_worker_that_starts_is_not_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_FORK],
        capture_output=True,
        check=False,
        timeout=60,
        env=ONE_THREAD,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().strip() == str(list(range(9, 0, -1)))


def sleep_or_die(number: int) -> int:
    if number == 1:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(30)
    return number


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_worker_ends_the_others_whatever_handler_they_inherit() -> None:
    def terminate(*_: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGTERM, terminate)
    before = time.monotonic()
    try:
        with pytest.raises(AecodecError, match="worker process was killed"):
            list(ordered_map(sleep_or_die, range(9), 2))
    finally:
        signal.signal(signal.SIGTERM, old)
    assert time.monotonic() - before < 10
