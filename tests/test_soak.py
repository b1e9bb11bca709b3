"""A million images: streamed in constant memory. Slow: `pytest -m slow`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import folder_of, pattern

import aecodec

pytestmark = pytest.mark.slow

MILLION = 1_000_000
LIMIT = 300_000_000


def measured(*args: str) -> int:
    """Run a child; return the most memory that it or one of its workers held, in bytes."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True)\n"
        "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.rpartition("PEAK ")[2])
    return peak if sys.platform == "darwin" else 1024 * peak


def aecodec_run(*args: str | Path) -> int:
    return measured(sys.executable, "-m", "aecodec", *map(str, args))


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million file names, of seventeen images: hard links."""
    root = tmp_path_factory.mktemp("million")
    originals = sorted(folder_of(root / "originals", pattern(17)).iterdir())
    for thousand in range(MILLION // 1000):
        folder = root / f"scans/{thousand:03}"
        folder.mkdir(parents=True)
        for number in range(1000):
            # a file system allows some 65,000 links to a file
            source = originals[number % 17]
            target = folder / f"{number:03}.png"
            try:
                os.link(source, target)
            except OSError:
                fresh = root / f"originals/{thousand:03}-{number:03}.png"
                fresh.write_bytes(source.read_bytes())
                originals[number % 17] = fresh
                os.link(fresh, target)
    return root


def test_a_million_images_stream_through_compress(million: Path) -> None:
    target = million / "x.aez"
    peak = aecodec_run("compress", million / "scans", "-r", "-o", target)
    assert peak < LIMIT, f"{peak:,} bytes"
    with aecodec.open(target) as archive:
        assert len(archive) == MILLION
    assert target.stat().st_size < 2 * MILLION + 2.5 * MILLION


def test_a_million_images_stream_through_verify_and_decompress(
    million: Path, tmp_path: Path
) -> None:
    target = tmp_path / "x.aez"
    aecodec_run("compress", million / "scans", "-r", "--no-names", "-o", target)
    assert target.stat().st_size < 2.05 * MILLION
    assert aecodec_run("verify", target) < LIMIT
    peak = aecodec_run("decompress", target, "-o", tmp_path / "out")
    assert peak < LIMIT, f"{peak:,} bytes"
    with os.scandir(tmp_path / "out") as entries:
        assert sum(1 for _ in entries) == MILLION


def test_reading_an_archive_image_by_image_takes_constant_memory(tmp_path: Path) -> None:
    code = (
        "import aecodec, numpy as np, sys\n"
        "from aecodec.codec import find_codec, encode_chunk\n"
        "from aecodec.container import ContainerWriter\n"
        "codec = find_codec()\n"
        "chunk, _ = encode_chunk(codec.coder, np.zeros((1000, 28, 28), np.uint8))\n"
        "with open(sys.argv[1], 'wb') as file:\n"
        "    writer = ContainerWriter(file, [codec.id])\n"
        "    for _ in range(1000): writer.write(chunk)\n"
        "    writer.close()\n"
        "with aecodec.open(sys.argv[1]) as archive:\n"
        "    assert sum(1 for _ in archive) == 1_000_000\n"
    )
    peak = measured(sys.executable, "-c", code, str(tmp_path / "x.aez"))
    assert peak < LIMIT, f"{peak:,} bytes"
