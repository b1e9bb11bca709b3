"""What Pillow says beside its errors: nothing of it is shown by the program."""

import struct
import subprocess
import sys
from pathlib import Path

from aecodec import pillow
from aecodec.cli import program

NOISE = "More samples per pixel than can be decoded"


def tiff(samples: int) -> bytes:
    """A TIFF file of 28x28 pixels, of so many samples each."""
    tags = [(256, 28), (257, 28), (258, 8), (262, 1), (273, 8), (277, samples), (279, 784)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4 + 784)


def run(code: str, path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    return done.stderr


def test_the_program_shows_none_of_its_log(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(tiff(samples=9))
    read = f"import sys; sys.argv[1:1] = ['compress']; import {program.__name__} as p; p.run()"
    told = run(read, path)
    assert told.startswith(f"aecodec: {path}: ")
    assert NOISE not in told
    assert len(told.splitlines()) == 1


def test_a_program_of_others_is_left_its_log(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(tiff(samples=9))
    assert NOISE in run("import sys, aecodec; aecodec.compress_file(sys.argv[1])", path)


def test_its_warnings_are_not_shown() -> None:
    code = f"""
import warnings
from {pillow.__name__} import hush
hush()
warnings.warn_explicit("of Pillow", UserWarning, "x", 1, module="PIL.Image")
warnings.warn_explicit("of others", UserWarning, "x", 1, module="others")
"""
    told = run(code, Path())
    assert "of others" in told
    assert "of Pillow" not in told
