"""Images appended: those that are there keep their codes, and the file is whole at any moment."""

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, Images, fails, folder_of, ok, pattern, save
from plugin_samples import DIGITS

import aecodec
from aecodec.batch import appending
from aecodec.batch.joining import write_merged
from aecodec.library import find_codec

IMAGES = pattern(40)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(K2.parent))


def made(folder: Path, part: slice, **more: Any) -> Path:
    path = folder / "x.aez"
    settings = {"model": str(K2)} | more
    path.write_bytes(aecodec.compress(IMAGES[part], **settings))
    return path


def opened(path: Path) -> aecodec.Archive:
    return aecodec.open(path.read_bytes())


@pytest.mark.parametrize("size", [1024, 8, 7])
@pytest.mark.parametrize("start", [1, 16, 21])
def test_the_file_is_that_of_all_images_compressed_at_once(
    tmp_path: Path, start: int, size: int
) -> None:
    at_once = made(tmp_path, slice(0, 40), chunk_images=size).read_bytes()
    path = made(tmp_path, slice(0, start), chunk_images=size)
    for end in (start + 2, 38, 40):
        report = aecodec.append(path, IMAGES[start:end])
        assert report.images == end
        start = end
    assert np.array_equal(aecodec.decompress(path.read_bytes()), aecodec.decompress(at_once))
    if opened(path).chunks == -(-40 // size):  # a single short chunk does not tell its size
        assert path.read_bytes() == at_once


def test_names_go_where_they_belong(tmp_path: Path) -> None:
    names = [f"{number:02}.png" for number in range(40)]
    path = made(tmp_path, slice(0, 40, 2), names=names[::2])
    before = opened(path)[:]
    aecodec.append(path, IMAGES[1::2], names=names[1::2])
    with aecodec.open(path.read_bytes()) as archive:
        archive.check()
        assert archive.names == tuple(names)
        assert np.array_equal(archive[::2], before)
    content = path.read_bytes()
    with pytest.raises(aecodec.InvalidArgumentError, match=r"has an image '07\.png', as"):
        aecodec.append(path, IMAGES[:1], names=["07.png"])
    with pytest.raises(aecodec.InvalidArgumentError, match="has no names, and"):
        aecodec.append(path, IMAGES[:1])
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["x.aez"]


def test_labels_take_the_type_of_the_archive(tmp_path: Path) -> None:
    labels = np.array([1, 5, 1], np.uint8)
    path = made(tmp_path, slice(0, 3), labels=labels, metadata={"k": 1})
    aecodec.append(path, IMAGES[3:5], labels=[5, 9])
    archive = opened(path)
    assert archive.labels is not None and archive.labels.dtype == np.uint8
    assert archive.labels.tolist() == [1, 5, 1, 5, 9]
    assert archive.metadata == {"k": 1}
    for wrong, message in (
        (["a", "b"], "has the label 'a'"),
        ([1, 256], "has the label 256"),
        (None, "say with --label"),
    ):
        with pytest.raises(aecodec.InvalidArgumentError, match=message):
            aecodec.append(path, IMAGES[3:5], labels=wrong)
    assert len(opened(path)) == 5


def test_images_join_a_split(tmp_path: Path) -> None:
    path = made(tmp_path, slice(0, 3), splits={"train": 2, "test": 1})
    with pytest.raises(aecodec.InvalidArgumentError, match=r"\(train, test\); say with --into"):
        aecodec.append(path, IMAGES[3:5])
    aecodec.append(path, IMAGES[3:5], split="train")
    found = {name: numbers.tolist() for name, numbers in opened(path).splits.items()}
    assert found == {"train": [0, 1, 3, 4], "test": [2]}


def test_what_the_archive_has_no_place_for_is_told(tmp_path: Path) -> None:
    path = made(tmp_path, slice(0, 3))
    report = aecodec.append(path, IMAGES[3:5], labels=[1, 2], split="train")
    assert [note.partition(":")[0] for note in report.notes] == [
        "labels are not kept",
        "splits are not kept",
    ]
    assert opened(path).summary()["version"] == 1


def test_images_are_coded_as_those_of_the_archive(tmp_path: Path) -> None:
    """By its model where it has one, exactly where all of it is exact, and else not unasked."""
    path = made(tmp_path, slice(0, 3))
    aecodec.append(path, IMAGES[3:5])
    assert [model_id for model_id, _ in opened(path).models] == [find_codec(model=str(K2)).id]
    path.write_bytes(aecodec.compress(IMAGES[:3], "lossless"))
    aecodec.append(path, IMAGES[3:5])
    assert np.array_equal(opened(path)[:], IMAGES[:5])
    made(tmp_path, slice(0, 3), max_mse=0.24)
    with pytest.raises(aecodec.InvalidArgumentError, match=r"x\.aez: does not say how"):
        aecodec.append(path, IMAGES[3:5])
    aecodec.append(path, IMAGES[3:5], max_mse=0)
    assert np.array_equal(opened(path)[3:], IMAGES[3:5])


def test_what_no_model_knows_is_kept_exactly_as_compress_does(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    data = aecodec.compress(np.concatenate([IMAGES[:2], np.zeros((1, 28, 28), np.uint8)]))
    path.write_bytes(data)
    aecodec.append(path, IMAGES[2:5])
    assert np.array_equal(opened(path)[3:], IMAGES[2:5])


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Images:
    """Digits that the default model is sure of; the models are those that ship."""
    monkeypatch.setenv("AECODEC_MODELS", "")
    return DIGITS[:4]


@pytest.mark.parametrize(
    ("named", "extras"),
    [(True, {}), (False, {"labels": [1] * 4}), (True, {"splits": {"test": 4}})],
)
def test_a_file_of_one_chunk_tells_the_default_level_from_no_level(
    tmp_path: Path, digits: Images, named: bool, extras: dict[str, Any]
) -> None:
    """All images of it are coded by the same model in both cases; those that follow are not."""
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"level": "x392"},
        {"level": "x392", "model": "mnist"},
        {"level": "x392", "model": "mnist", "embed_model": True},
    )
    for way in ways:
        path = tmp_path / "x.aez"
        names = [f"0{number}.png" for number in range(4)] if named else None
        path.write_bytes(aecodec.compress(digits, names=names, **extras, **way))
        for number in (4, 5):
            aecodec.append(
                path,
                IMAGES[number : number + 1],
                names=[f"0{number}.png"] if named else None,
                labels=[1] if "labels" in extras else None,
                split="test" if "splits" in extras else None,
            )
        exact = [np.array_equal(opened(path)[number], IMAGES[number]) for number in (4, 5)]
        assert exact == [not way] * 2, way


def test_a_bound_is_not_taken_for_the_level_of_the_only_chunk(
    tmp_path: Path, digits: Images
) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(digits[:1], names=["a"], max_mse=0.008))
    assert len(opened(path).read_chunk(0).models) == 1
    with pytest.raises(aecodec.InvalidArgumentError, match="does not say how"):
        aecodec.append(path, IMAGES[4:5], names=["e"])


def test_the_archive_keeps_its_permissions(tmp_path: Path) -> None:
    path = made(tmp_path, slice(0, 3))
    for mode in (0o640, 0o600, 0o664):
        path.chmod(mode)
        aecodec.append(path, IMAGES[3:4])
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_an_interrupt_leaves_the_archive_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, slice(0, 3))
    before = path.read_bytes()

    def interrupted(*args: Any, fill: int) -> None:
        assert fill
        args[1].write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(appending, "write_merged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        aecodec.append(path, IMAGES[3:5])
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["x.aez"]


def test_an_archive_that_changed_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, slice(0, 3))

    def meanwhile(*args: Any, **kwargs: Any) -> None:
        write_merged(*args, **kwargs)
        path.unlink()
        path.write_bytes(b"of another")

    monkeypatch.setattr(appending, "write_merged", meanwhile)
    with pytest.raises(aecodec.OutputError, match="changed meanwhile"):
        aecodec.append(path, IMAGES[3:5])
    assert path.read_bytes() == b"of another"


def test_a_link_goes_on_leading_to_the_archive(tmp_path: Path) -> None:
    path = made(tmp_path, slice(0, 3))
    link = tmp_path / "link.aez"
    link.symlink_to("x.aez")
    assert aecodec.append(link, IMAGES[3:5]).images == 5
    assert link.is_symlink() and len(opened(path)) == 5


def test_the_command_appends(tmp_path: Path) -> None:
    names = ["a.png", "b.png"]
    made(tmp_path, slice(0, 2), names=names, labels=[0, 1], class_names=["cat", "dog"])
    folder_of(tmp_path / "more", IMAGES[2:5])
    done = ok("append", "x.aez", "more", "--label", "dog", cwd=tmp_path)
    assert "x.aez: 5 images in " in done.stderr.decode()
    archive = opened(tmp_path / "x.aez")
    assert archive.labels is not None and archive.labels.tolist() == [1, 1, 1, 0, 1]
    save(tmp_path / "wide.png", np.zeros((3, 3), np.uint8))
    save(tmp_path / "c.png", IMAGES[5])
    text = fails("append", "x.aez", "wide.png", "c.png", "--label", "0", cwd=tmp_path)
    assert "wide.png" in text
    assert len(opened(tmp_path / "x.aez")) == 6
    assert "no such file" in fails("append", "none.aez", "c.png", cwd=tmp_path)
    assert "not 'cow'" in fails("append", "x.aez", "c.png", "--label", "cow", cwd=tmp_path, code=2)
    assert "takes no '-'" in fails("append", "x.aez", "-", cwd=tmp_path, code=2)
    assert (
        b'"appended"'
        in ok("append", "--json", "x.aez", "--fit", "wide.png", "--label", "0", cwd=tmp_path).stdout
    )
