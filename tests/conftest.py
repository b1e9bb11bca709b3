"""What every test runs with: tiny models on the search path, and hypothesis without a clock."""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
sys.path.insert(0, str(Path(__file__).parent))

import pytest  # noqa: E402 - after the environment that NumPy reads
from helpers import K2, MODELS, folder_of, pattern  # noqa: E402
from hypothesis import settings  # noqa: E402
from loops import running  # noqa: E402
from seeds import Seeds  # noqa: E402

if TYPE_CHECKING:  # it takes a second to import
    from storage.s3_server import S3Server

SKIPS = {  # in CI a test that is skipped for any other reason fails the run
    "root may read everything",
}

settings.register_profile("suite", deadline=None, max_examples=60, database=None)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def seeds() -> Iterator[Seeds]:
    """Refuse random numbers that nobody seeded (see `seeds`)."""
    watched = Seeds()
    with pytest.MonkeyPatch.context() as patch:
        watched.watch(patch)
        yield watched


@pytest.fixture(autouse=True)
def own_seeds(seeds: Seeds) -> None:
    """Let no test live on the seed of the one before it."""
    seeds.forget()


@pytest.fixture(scope="module", params=["plain", "compiled"])
def way_of_loops(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a module's tests twice: with the plain loops and with those that numba compiles."""
    with running(request.param):
        yield


@pytest.fixture(scope="session", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of tiny models, first on the search path; the default `mnist-x392` is one too."""
    folder = tmp_path_factory.mktemp("models")
    for path in MODELS.glob("tiny-*.aem"):
        shutil.copy(path, folder)
    shutil.copy(K2, folder / "mnist-x392.aem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECODEC_MODELS", str(folder))
        yield folder


@pytest.fixture(scope="session")
def s3_server() -> Iterator["S3Server"]:
    """One S3 server for all tests that want it."""
    from storage.s3_server import S3Server

    server = S3Server()
    yield server
    server.close()


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of five images: 00.png to 04.png."""
    return folder_of(tmp_path / "scans", pattern(5))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let nothing be skipped in CI unless the reason is listed."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in SKIPS:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: skipped in CI: {reason}"
    return report
