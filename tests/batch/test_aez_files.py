import io
from pathlib import Path

import pytest
from helpers import VECTORS, pattern

import aecodec
from aecodec.archive import Archive, open_path
from aecodec.batch import aez_files as inputs
from aecodec.batch.aez_files import AezFile, each_chunk, find_aez_files, split_names
from aecodec.batch.parallel import may_fork
from aecodec.errors import CorruptFileError


@pytest.fixture
def tree_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.aez", "in/B.AEZ", "in/c.aez", "in/deep/d.aez", "in/._c.aez", "in/e.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty/deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("tree_of_files")
def test_folders_stand_for_their_aez_files() -> None:
    with find_aez_files(["in", "a.aez"]) as found:
        assert [(f.name, f.relative) for f in found.files] == [
            ("in/B.AEZ", "B.AEZ"),
            ("in/c.aez", "c.aez"),
            ("a.aez", "a.aez"),
        ]
        assert found.unentered == 1
        assert not found.failures
        assert not found.lone
    with find_aez_files(["in"], recursive=True) as found:
        assert [f.relative for f in found.files] == ["B.AEZ", "c.aez", "deep/d.aez"]
        assert found.unentered == 0


@pytest.mark.usefixtures("tree_of_files")
def test_a_file_that_is_given_twice_is_taken_once() -> None:
    with find_aez_files(["a.aez", "./a.aez", "in/c.aez", "in", "in/"]) as found:
        assert [f.name for f in found.files] == ["a.aez", "in/c.aez", "in/B.AEZ"]


@pytest.mark.usefixtures("tree_of_files")
def test_what_is_not_found_is_told_and_the_others_are_there() -> None:
    with find_aez_files(["none.aez", "", "a.aez", "empty"]) as found:
        assert [f.name for f in found.files] == ["none.aez", "a.aez"]
        assert [f.message for f in found.failures] == [
            "'': there is no such file.",
            "empty: holds no .aez files, and folders inside were not entered; use -r.",
        ]
        assert isinstance(found.failures[0].error, FileNotFoundError)
        with pytest.raises(aecodec.MissingFileError, match=r"none\.aez: there is no such file"):
            found.files[0].open()
    with find_aez_files(["a.aez"]) as found:
        assert found.lone
    with find_aez_files(["in/deep"]) as found:
        assert len(found.files) == 1
        assert not found.lone


def test_standard_input_is_a_file_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = aecodec.compress(pattern(3))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    with find_aez_files(["-"]) as found:
        (file,) = found.files
        assert found.lone
        with file.open() as archive:
            assert len(archive) == 3
            assert archive.path == "standard input"
    assert not file.path.exists()


@pytest.mark.usefixtures("tree_of_files")
@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (["a.aez", "x.png"], 1),
        (["a.aez", "in"], 2),
        (["a.aez", "none.aez", "*.png", "b"], 2),
        (["x.png", "y.png"], 1),
        (["-", "0/*"], 1),
        (["a.aez", "-"], 2),
        (["a.aez", "", "x" * 300], 1),
    ],
)
def test_names_follow_the_file_they_are_in(arguments: list[str], files: int) -> None:
    assert split_names(arguments) == (arguments[:files], arguments[files:])


OPENED: list[Path] = []


def opened_so_far(*_: object) -> int:
    return len(OPENED)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_process_opens_an_archive_once(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = VECTORS / "good/archive.aez"
    file = AezFile(path, str(path), path.name, str(path))

    def counted(source: Path, model: str | None = None, name: str | None = None) -> Archive:
        OPENED.append(source)
        return open_path(source, model, name)

    with file.open() as archive:
        OPENED.clear()
        monkeypatch.setattr(inputs, "open_path", counted)
        parts = list(each_chunk(opened_so_far, range(archive.chunks), file, archive, None, jobs))
    assert len(parts) == 3
    forked = jobs > 1 and may_fork()  # threads, as this process itself, share the open archive
    assert set(parts) == {int(forked)}


def test_no_more_of_standard_input_is_read_than_tells_that_it_is_no_aez_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.BytesIO(b"y\n" * 2**20)  # it stands for `yes`, which never ends
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
    with find_aez_files(["-"]) as found:
        assert stream.tell() < 2**16
        with pytest.raises(CorruptFileError, match=r"standard input: .*not an \.aez file"):
            found.files[0].open()
