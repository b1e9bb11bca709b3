"""What tests share: where things are, small images, and the command line as a process."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.integer import DenseLayer, dense_arrays

TESTS = Path(__file__).parent
VECTORS = TESTS / "vectors"
MODELS = VECTORS / "models"
K2 = MODELS / "tiny-k2.aem"
K3 = MODELS / "tiny-k3.aem"
ROOT = TESTS.parent

Images = NDArray[np.uint8]


def pattern(count: int, seed: int = 1) -> Images:
    """Images of integer arithmetic, the same on every machine: uint8 (count, 28, 28)."""
    n, y, x = np.mgrid[0:count, 0:28, 0:28].astype(np.int64)
    values: NDArray[np.int64] = x * x * (seed + n) + y * (3 * n + 7) + x * y * seed
    return (values % 256).astype(np.uint8)


def save(path: Path, image: Any, mode: str | None = None, **options: Any) -> Path:
    """Write an array or a Pillow image as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def load(path: Path) -> Images:
    """The pixels of a PNG file, which must be 8-bit grey."""
    with Image.open(path) as image:
        assert image.format == "PNG" and image.mode == "L"
        return np.array(image)


def folder_of(folder: Path, images: Images) -> Path:
    """A folder of PNG files named 00.png, 01.png, ..."""
    for number, image in enumerate(images):
        save(folder / f"{number:02}.png", image)
    return folder


def tree(folder: Path) -> list[str]:
    """All files below a folder, by relative path, sorted."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


def run(
    *args: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `aecodec` in a process of its own; it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "aecodec", *map(str, args)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=300,  # against hanging; a busy machine takes its time
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def ok(*args: str | Path, **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
    """Run `aecodec`, which must exit with 0."""
    done = run(*args, **kwargs)
    assert done.returncode == 0, done.stderr.decode()
    return done


def fails(*args: str | Path, code: int = 1, **kwargs: Any) -> str:
    """Run `aecodec`, which must exit with `code`; return what it says on standard error."""
    done = run(*args, **kwargs)
    assert done.returncode == code, (done.returncode, done.stderr.decode())
    text = done.stderr.decode()
    assert text.strip()
    return text


def terminal(*command: str | Path, columns: int = 80, code: int = 0) -> str:
    """Run a command of Python's, such as `-m aecodec ...`, in a terminal; return what it shows.

    Both its outputs go to the terminal; colours and cursor movements are left out.
    """
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["TERM"] = "xterm"
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
        env=environment,
    )
    os.close(its)
    shown = b""
    with suppress(OSError):  # what the end of a terminal is on Linux
        while data := os.read(ours, 65536):
            shown += data
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")
    assert process.wait(60) == code, text
    assert "Traceback" not in text, text
    return text


def one_line(text: str) -> str:
    """An error that is one line, which starts with the program's name."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("aecodec: ")
    return lines[0]


def complaint(text: str) -> str:
    """The one error of a run that did the rest: its line beside the report's."""
    lines = text.strip().splitlines()
    assert "Warning" not in text, text
    (line,) = [line for line in lines if line.startswith("aecodec: ")]
    return line


def random_layer(
    rng: np.random.Generator,
    width_in: int,
    width_out: int,
    clip: tuple[int, int] = (0, 255),
    *,
    peak: int = 127,
    shift: tuple[int, int] = (6, 12),
    bias: int = 20_000,
) -> DenseLayer:
    """A dense layer of seeded integers."""
    dtype = np.int8 if peak <= 127 else np.int16
    return DenseLayer(
        rng.integers(-peak, peak, (width_in, width_out), endpoint=True).astype(dtype),
        rng.integers(-bias, bias, width_out, endpoint=True).astype(np.int32),
        rng.integers(*shift, width_out, endpoint=True).astype(np.int8),
        *clip,
    )


def classic_arrays(latents: int, hidden: int, seed: int = 0) -> dict[str, NDArray[Any]]:
    """The arrays of a classic model of real shapes and seeded integers."""
    rng = np.random.default_rng(seed)
    decoder = [
        random_layer(rng, latents, hidden, shift=(4, 8)),
        random_layer(rng, hidden, 784, (0, 255), shift=(8, 12)),
    ]
    encoder = [
        random_layer(rng, 784, hidden, shift=(9, 13)),
        random_layer(rng, hidden, latents, shift=(7, 11)),
    ]
    greys = np.arange(256, dtype=np.uint8)
    return (
        dense_arrays("decoder", decoder)
        | dense_arrays("encoder", encoder)
        | {"decoder.greys": greys}
    )
