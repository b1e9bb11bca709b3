from pathlib import Path

import pytest
from helpers import K3, VECTORS, pattern

import aecodec
from aecodec.batch.aez_files import find_aez_files
from aecodec.batch.verify import VerifyReport, check_chunk, verify_all


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1030)))
    return path


def verify(*paths: Path, jobs: int = 1) -> list[VerifyReport]:
    with find_aez_files(list(map(str, paths))) as found:
        return verify_all(found, jobs=jobs)


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_a_chunk_can_be_checked_by_itself(archive: Path) -> None:
    flipped(archive, 200)
    with aecodec.open(archive) as opened:
        number, error = check_chunk(opened, 0)
        assert number == 0
        assert "images 0 to 1023 are lost" in str(error)
        assert check_chunk(opened, 1) == (1, None)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_file_is_checked_whatever_is_wrong_with_the_others(archive: Path, jobs: int) -> None:
    good = archive.with_name("good.aez")
    good.write_bytes(archive.read_bytes())
    flipped(archive, 200)
    none = archive.with_name("none.aez")
    missing, bad, well = verify(none, archive, good, jobs=jobs)
    assert (well.path, well.images, well.failures) == (str(good), 1030, [])
    assert bad.images == 1030
    assert [f.message for f in bad.failures] == [
        f"{archive}: images 0 to 1023 are lost: damaged or truncated: the checksum does not match."
    ]
    assert missing.failures[0].message == f"{none}: there is no such file."


@pytest.mark.parametrize("name", ["names-twice-across", "names-order-across", "name-parent"])
def test_names_that_no_folder_can_hold_are_told(name: str) -> None:
    (report,) = verify(VECTORS / f"bad/{name}.aez")
    assert report.failures


def test_without_the_model_the_bytes_are_checked(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write_bytes(aecodec.compress(pattern(1030), model=str(K3)))
    monkeypatch.setenv("AECODEC_MODELS", "")
    (report,) = verify(archive)
    assert [type(f.error) for f in report.failures] == [aecodec.UnknownModelError]
    flipped(archive, 200)
    (report,) = verify(archive)
    assert [type(f.error) for f in report.failures] == [
        aecodec.UnknownModelError,
        aecodec.CorruptFileError,
    ]
