"""The machine and the versions that a figure depends on, and the time that a start takes."""

import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from aecodec import threads
from aecodec.images import Images, png_bytes

PACKAGES = (
    "aecodec",
    "numpy",
    "numba",
    "pillow",
    "msgpack",
    "typer",
    "imagecodecs",
    "pyoxipng",
    "zstandard",
)


def environment() -> dict[str, Any]:
    """The machine, the versions of what is measured, and the command, for a report."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processor": _processor(),
        },
        "versions": versions,
        "command": shlex.join(["aecodec", *sys.argv[1:]]),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a path
            lines = [line for line in file if line.startswith("model name")]
        return lines[0].partition(":")[2].strip()
    except (OSError, IndexError):
        return platform.processor()


def start_up(image: Images) -> dict[str, float] | None:
    """CPU milliseconds of a cold `aecodec compress` of one PNG, and of its imports alone.

    Args:
        image: uint8 (28, 28).

    Returns:
        Both by name, or None where compressing fails for want of a sound default model.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "digit.png")
        source.write_bytes(png_bytes(image))
        python = [sys.executable]
        compress = [*python, "-m", "aecodec", "compress", str(source), "-f"]
        imports = [*python, "-c", "import numpy, PIL.Image, msgpack, typer"]
        try:
            return {
                "compress_cpu_ms": _child_ms(compress),
                "imports_cpu_ms": _child_ms(imports),
            }
        except subprocess.CalledProcessError:
            return None


def _child_ms(command: Sequence[str], rounds: int = 3) -> float:
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    # as a shell would start it, without the number of threads that this process has set
    shell = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=shell)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, 1000 * spent)
    return best
