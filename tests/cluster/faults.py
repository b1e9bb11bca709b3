"""What befalls workers in the tests: each loads this at its start (`dask worker --preload`).

A folder, named in the environment, holds tickets: files called `KIND.NUMBER`. Where a worker is
about to leave a file on storage it takes a ticket, which only one can, and suffers its kind.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.retries.standard import ExponentialBackoff

from aecodec.cluster import making, storage

FOLDER = Path(os.environ.get("AECODEC_TEST_FAULTS", "nowhere"))


def _kill_scheduler() -> None:
    os.kill(int((FOLDER / "scheduler").read_text()), signal.SIGKILL)
    time.sleep(60)


def _hold() -> None:
    while not (FOLDER / "go").exists():
        time.sleep(0.05)


def _fail() -> None:
    raise OSError("the storage does not answer")


FAULTS: dict[str, Callable[[], Any]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hold": _hold,
    "hang": lambda: time.sleep(60),
    "fail": _fail,
    "late": lambda: time.sleep(0.5),
    "none": lambda: None,
    "scheduler": _kill_scheduler,
}


def take_ticket() -> None:
    for ticket in sorted(FOLDER.glob("*.*"), key=lambda path: path.suffix):
        try:
            ticket.unlink()
        except FileNotFoundError:
            continue
        FAULTS[ticket.stem]()
        return


def dask_setup(_worker: Any) -> None:
    publish = vars(storage)["_publish"]

    def faulty(path: str, data: bytes) -> None:
        with (FOLDER / "log").open("a") as log:
            log.write(f"{path.rpartition('/')[2]}\n")
        take_ticket()
        publish(path, data)

    vars(storage)["_publish"] = faulty
    storage.PAUSES = (0.01, 0.01, 0.01)
    making.PAUSE = 0.01
    ExponentialBackoff.delay_amount = lambda *_: 0
