"""A scheduler and workers, each a process of its own, as `dask scheduler` starts them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

FAULTS = Path(__file__).with_name("faults.py")
QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}


class Machines:
    """A cluster on this machine; the workers know no models and suffer the faults of tickets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tickets = folder / "tickets"
        self.tickets.mkdir(parents=True, exist_ok=True)
        self._file = folder / "scheduler.json"
        dashboard = ("--dashboard-address", "127.0.0.1:0", "--no-jupyter")
        self._scheduler = self._start("scheduler", "--port", "0", *dashboard)
        while not self._file.exists() or not self._file.read_text().strip():
            assert self._scheduler.poll() is None
            time.sleep(0.05)
        (self.tickets / "scheduler").write_text(str(self._scheduler.pid))
        known = json.loads(self._file.read_text())
        self.address: str = known["address"]
        self.dashboard = f"http://127.0.0.1:{known['services']['dashboard']}"
        self._workers: list[subprocess.Popen[bytes]] = []

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, **QUIET, "AECODEC_MODELS": ""}
        environment["AECODEC_TEST_FAULTS"] = str(self.tickets)
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words, "--scheduler-file", str(self._file)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ready(self, workers: int = 2) -> None:
        """Have so many workers that are well, and no tickets."""
        for path in (*self.tickets.glob("*.*"), self.tickets / "log", self.tickets / "go"):
            path.unlink(missing_ok=True)
        alive = [worker for worker in self._workers if worker.poll() is None]
        self._workers = alive + [
            self._start(
                "worker",
                *("--no-nanny", "--nthreads", "1", "--no-dashboard"),
                *("--preload", str(FAULTS), "--local-directory", str(self.folder)),
            )
            for _ in range(workers - len(alive))
        ]

    def suffer(self, *tickets: str) -> None:
        """Let faults befall the workers, one after the other."""
        for number, kind in enumerate(tickets):
            (self.tickets / f"{kind}.{number}").touch()

    def go(self) -> None:
        """Let those go on that a ticket holds."""
        (self.tickets / "go").touch()

    def published(self) -> list[str]:
        """The files that workers have begun to leave on storage."""
        log = self.tickets / "log"
        return log.read_text().splitlines() if log.exists() else []

    def kill(self) -> None:
        """End all workers, also those that are stopped."""
        for process in self._workers:
            process.kill()
            process.wait()
        self._workers = []

    def close(self) -> None:
        self.kill()
        self._scheduler.kill()
        self._scheduler.wait()


def machines_in(folder: Path) -> Iterator[Machines]:
    machines = Machines(folder)
    try:
        yield machines
    finally:
        machines.close()
