"""The same bytes and the same pixels: any batch, threads, workers, kernels and machine."""

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, ROOT, classic_arrays, folder_of, ok, pattern, tree
from hypothesis import given
from hypothesis import strategies as st

import aecodec
from aecodec.codec import encode_chunk
from aecodec.kinds.classic.coder import ClassicCoder
from aecodec.library import load_codec, read_codec
from aecodec.model_file import Model

# Pinned on the day the format was fixed: whoever changes one of these breaks somebody's files.
COMPRESSED = {
    "k2": "d5688940aa047222cfc7284b7a4a3d14b6a32a7dfec827b5b113513aad4ec5ff",
    "k3": "ee9ef41a66fc0c6db273784aa88721db0297490b1b9712d40c2ef2e7507936dd",
}
DECOMPRESSED = {
    "k2": "cc7231ab8402f1a47334bbcdd1d2f68eea9e1300fd83baaba755f1a44068659a",
    "k3": "57187634f544f070e4a14dbc569b5c12f274145f8f4f76ca2a94769a511bf5cd",
}

CHILD = """
import hashlib, json, sys
import numpy as np
from aecodec.library import read_codec
from pathlib import Path

y, x = np.mgrid[0:28, 0:28]
n = np.arange(600)[:, None, None]
images = ((x * x * (n + 1) + y * (3 * n + 7) + x * y) % 256).astype(np.uint8)
report = {}
for path in sys.argv[1:]:
    codec = read_codec(Path(path))
    coder = codec.coder
    seen = images[:{"transform": 70, "pixels": 3}.get(codec.kind)]  # these are slow
    for batch in (1, 7, 256, 600):
        hashed = hashlib.sha256()
        for i in range(0, len(seen), batch):
            codes = coder.codes(seen[i : i + batch], 1)
            pixels = coder.decode(coder.pack(codes), len(codes))
            for code, image in zip(codes, pixels):
                hashed.update(code.tobytes() + image.tobytes())
        report[f"{codec.name} {batch}"] = hashed.hexdigest()
    report[f"{codec.name} file"] = hashlib.sha256(coder.encode(seen[:40])).hexdigest()
    report[f"{codec.name} arithmetic"] = coder.arithmetic
rng = np.random.default_rng(0)
a, b = rng.random((64, 784), np.float32), rng.random((784, 64), np.float32)
report["control"] = hashlib.sha256((a @ b).tobytes()).hexdigest()
print(json.dumps(report))
"""


# Products of the sizes that the models take, by NumPy alone.
PLAIN = """
import numpy as np

for dtype in (np.float32, np.float64):
    for rows, depth, columns in ((1, 784, 512), (64, 784, 64), (256, 784, 512), (600, 512, 784)):
        np.ones((rows, depth), dtype) @ np.ones((depth, columns), dtype)
"""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of real shapes: 784-512-32 and back."""
    path = tmp_path_factory.mktemp("wide") / "wide-32.aem"
    path.write_bytes(Model("classic", classic_arrays(32, 512)).to_bytes())
    return path


def child(models: list[Path], **variables: str) -> dict[str, str]:
    """Code in a process with other settings."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, models)],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    report: dict[str, str] = json.loads(done.stdout)
    return report


@pytest.fixture(scope="module")
def kinds(wide: Path) -> list[Path]:
    """One model of each kind that ships, and some with other shapes."""
    names = ("mnist-classic", "mnist-x392", "mnist-q3", "any-q3")
    return [K2, K3, wide, *(ROOT / f"weights/{name}.aem" for name in names)]


@pytest.fixture(scope="module")
def here(kinds: list[Path]) -> dict[str, str]:
    """What a process without any settings gives."""
    return child(kinds)


def multiplies(kernel: str) -> bool:
    """Tell whether NumPy alone can multiply with a kernel of OpenBLAS.

    The processor may lack it, and OpenBLAS 0.3.34 sizes the buffers of a kernel that was asked
    for by the processor's own, which ends in a crash (OpenBLAS #6021).
    """
    variables = {**os.environ, "OPENBLAS_CORETYPE": kernel}
    done = subprocess.run([sys.executable, "-c", PLAIN], env=variables, check=False, timeout=120)
    assert done.returncode in (0, -signal.SIGILL, -signal.SIGSEGV)
    return done.returncode == 0


def without_control(report: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in report.items() if key != "control"}


@pytest.mark.parametrize("level", ["k2", "k3"])
def test_bytes_and_pixels_are_those_of_the_first_day(level: str) -> None:
    data = aecodec.compress(pattern(300), level, "tiny")
    assert digest(data) == COMPRESSED[level]
    assert digest(aecodec.decompress(data).tobytes()) == DECOMPRESSED[level]


def test_the_batch_size_does_not_matter(here: dict[str, str], kinds: list[Path]) -> None:
    for path in kinds:
        found = {here[f"{path.stem} {batch}"] for batch in (1, 7, 256, 600)}
        assert len(found) == 1, path


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_any_split_into_batches_gives_the_same_bytes_and_pixels(sizes: list[int]) -> None:
    images = pattern(sum(sizes))
    for path in (K2, K3):
        coder = load_codec(path).coder
        ends = np.cumsum(sizes)[:-1]
        parts = [coder.encode(part) for part in np.split(images, ends)]
        assert b"".join(parts) == coder.encode(images)
        decoded = [coder.decode(p, n) for p, n in zip(parts, sizes, strict=True)]
        assert np.array_equal(np.concatenate(decoded), coder.decode(b"".join(parts), len(images)))


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_the_number_of_threads_does_not_matter(
    threads: str, here: dict[str, str], kinds: list[Path]
) -> None:
    report = child(kinds, OPENBLAS_NUM_THREADS=threads, OMP_NUM_THREADS=threads)
    assert without_control(report) == without_control(here)


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or sys.platform != "linux",
    reason="these kernels are OpenBLAS's for x86-64",
)
def test_the_kernel_of_the_processor_does_not_matter(
    here: dict[str, str], kinds: list[Path]
) -> None:
    kernels = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX")
    usable = filter(multiplies, kernels)
    reports = {kernel: child(kinds, OPENBLAS_CORETYPE=kernel) for kernel in usable}
    assert len(reports) >= 3
    for kernel, report in reports.items():
        assert without_control(report) == without_control(here), kernel
    # The control: the same kernels round a product of fractions differently.
    assert len({report["control"] for report in reports.values()}) > 1


def test_the_arithmetic_of_this_machine_passes_its_self_check(
    here: dict[str, str], kinds: list[Path]
) -> None:
    for path in kinds:
        assert here[f"{path.stem} arithmetic"] in ("float32", "float64"), path


def test_a_model_that_computes_in_int64_gives_the_same(wide: Path) -> None:
    fast, slow = read_codec(wide), read_codec(wide)
    coder = slow.coder
    assert isinstance(coder, ClassicCoder)
    for network in (coder._encoder, coder._decoder.network):
        for runner in network._runners:
            runner.fall_back()
    assert slow.coder.arithmetic == "int64"
    images = pattern(300)
    chunk, decoded = encode_chunk(fast.coder, images)
    same_chunk, same_decoded = encode_chunk(slow.coder, images)
    assert chunk == same_chunk
    assert np.array_equal(decoded, same_decoded)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More images than two chunks hold."""
    folder = tmp_path_factory.mktemp("many")
    first = folder_of(folder / "scans", pattern(9))
    for number in range(9, 2100):
        (first / f"{number:04}.png").hardlink_to(first / f"{number % 9:02}.png")
    return first


def test_the_number_of_workers_does_not_matter(many: Path, tmp_path: Path) -> None:
    files = {}
    for jobs in "123":
        target = tmp_path / f"{jobs}.aez"
        ok("compress", many, "-o", target, "-j", jobs)
        files[jobs] = target.read_bytes()
    assert files["1"] == files["2"] == files["3"]
    trees = {}
    for jobs in "12":
        out = tmp_path / f"out{jobs}"
        ok("decompress", tmp_path / "1.aez", "-o", out, "-j", jobs)
        pixels = hashlib.sha256()
        for name in tree(out):
            pixels.update(name.encode() + (out / name).read_bytes())
        trees[jobs] = (len(tree(out)), pixels.hexdigest())
    assert trees["1"] == trees["2"]
    assert trees["1"][0] == 2100


def test_the_order_of_the_inputs_does_not_matter(scans: Path, tmp_path: Path) -> None:
    files = sorted(scans.iterdir())
    ok("compress", *files, "-o", tmp_path / "a.aez")
    ok("compress", *reversed(files), "-o", tmp_path / "b.aez")
    ok("compress", scans, "-o", tmp_path / "c.aez")
    data = (tmp_path / "a.aez").read_bytes()
    assert data == (tmp_path / "b.aez").read_bytes() == (tmp_path / "c.aez").read_bytes()


def test_the_command_line_and_python_write_the_same(scans: Path, tmp_path: Path) -> None:
    ok("compress", scans, "-o", tmp_path / "a.aez", "--no-names")
    assert (tmp_path / "a.aez").read_bytes() == aecodec.compress(pattern(5))
    ok("compress", scans / "03.png", "-o", tmp_path / "b.aez")
    assert (tmp_path / "b.aez").read_bytes() == aecodec.compress(pattern(5)[3])
