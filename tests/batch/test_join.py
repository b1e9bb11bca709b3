"""Archives joined: chunks are copied, and names, labels, splits and metadata go together."""

import resource
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, K3, fails, ok, pattern

import aecodec
from aecodec.coded import Coded

IMAGES = pattern(40)


def made(folder: Path, name: str, part: slice, **more: Any) -> Path:
    path = folder / name
    settings = {"model": str(K2)} | more
    path.write_bytes(aecodec.compress(IMAGES[part], **settings))
    return path


def mixed(folder: Path, name: str, part: slice, **more: Any) -> Path:
    return made(folder, name, part, max_mse=0.25, **more)


def payloads(path: Path) -> list[bytes]:
    with aecodec.open(path) as archive:
        chunks = [archive.read_chunk(number) for number in range(archive.chunks)]
        return [payload for chunk in chunks for payload in chunk.payloads]


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(K2.parent))


def test_images_stand_in_the_order_of_the_files_and_keep_their_bytes(tmp_path: Path) -> None:
    one = made(tmp_path, "b.aez", slice(0, 10))
    two = made(tmp_path, "a.aez", slice(10, 30), model=str(K3))
    report = aecodec.join([one, two], tmp_path / "both.aez")
    assert (report.images, report.copied, report.present) == (30, 30, False)
    assert report.file_bytes == (tmp_path / "both.aez").stat().st_size
    with aecodec.open(tmp_path / "both.aez") as archive:
        parts = [aecodec.decompress(path.read_bytes()) for path in (one, two)]
        assert np.array_equal(archive[:], np.concatenate(parts))
        assert len(archive.models) == 2
        assert archive.summary()["version"] == 1
    assert payloads(tmp_path / "both.aez") == payloads(one) + payloads(two)
    assert aecodec.join([one, two], tmp_path / "both.aez").present


def test_images_of_several_models_keep_theirs(tmp_path: Path) -> None:
    """A chunk whose images have different models, at other positions in the joined header."""
    one = made(tmp_path, "a.aez", slice(0, 5), model=str(K3))
    two = mixed(tmp_path, "b.aez", slice(5, 20))
    joined = tmp_path / "both.aez"
    aecodec.join([two, one, two], joined)
    aecodec.join([joined, one], tmp_path / "more.aez")
    parts = [aecodec.decompress(path.read_bytes()) for path in (two, one, two, one)]
    assert np.array_equal(
        aecodec.decompress((tmp_path / "more.aez").read_bytes()), np.concatenate(parts)
    )


def test_nothing_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (
        made(tmp_path, f"{n}.aez", slice(n, n + 3), names=[f"{n}/{i}" for i in "abc"])
        for n in (0, 3)
    )
    monkeypatch.setenv("AECODEC_MODELS", "")
    with aecodec.open(one) as archive, pytest.raises(aecodec.UnknownModelError):
        archive[0]
    assert aecodec.join([two, one], tmp_path / "x.aez").images == 6
    assert aecodec.open((tmp_path / "x.aez").read_bytes()).names == (
        "0/a",
        "0/b",
        "0/c",
        "3/a",
        "3/b",
        "3/c",
    )


def test_names_that_interleave_keep_their_pixels(tmp_path: Path) -> None:
    names = [f"{number:03}.png" for number in range(40)]
    labels = np.arange(40) % 3
    paths = []
    for start in range(3):
        path = tmp_path / f"{start}.aez"
        settings: dict[str, Any] = {"max_mse": 0.25} if start else {}
        path.write_bytes(
            aecodec.compress(
                IMAGES[start::3],
                model=str(K3 if start == 2 else K2),
                names=names[start::3],
                labels=labels[start::3],
                splits={"x": 5, "y": len(names[start::3]) - 5},
                **settings,
            )
        )
        paths.append(path)
    report = aecodec.join(paths, tmp_path / "all.aez", splits="merge")
    assert report.copied == 0
    expected = np.empty_like(IMAGES)
    for start, path in enumerate(paths):
        expected[start::3] = aecodec.decompress(path.read_bytes())
    with aecodec.open(tmp_path / "all.aez") as archive:
        archive.check()
        assert archive.names == tuple(names)
        assert np.array_equal(archive[:], expected)
        assert archive.labels is not None and np.array_equal(archive.labels, labels)
        assert np.array_equal(archive.splits["x"], np.arange(15))


def test_labels_and_their_names_are_joined(tmp_path: Path) -> None:
    cat = made(tmp_path, "a.aez", slice(0, 3), labels=[0, 0, 2], class_names=["cat", "dog", "emu"])
    dog = made(tmp_path, "b.aez", slice(3, 6), labels=[1, 1, 2], class_names=["cat", "dog", "emu"])
    aecodec.join([cat, dog], tmp_path / "x.aez")
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert archive.labels is not None and archive.labels.tolist() == [0, 0, 2, 1, 1, 2]
        assert archive.class_names == {0: "cat", 1: "dog", 2: "emu"}


def test_one_place_of_one_hot_rows_has_one_class_name(tmp_path: Path) -> None:
    rows = np.array([[0, 1], [1, 0]])
    cat = made(tmp_path, "a.aez", slice(0, 2), labels=rows, class_names=["cat", "dog"])
    cow = made(tmp_path, "b.aez", slice(2, 4), labels=rows, class_names=["cow", "dog"])
    with pytest.raises(aecodec.InvalidArgumentError, match=r"b\.aez: .*'cat' and 'cow'"):
        aecodec.join([cat, cow], tmp_path / "y.aez")


def test_one_hot_rows_join_other_rows(tmp_path: Path) -> None:
    hot = made(tmp_path, "a.aez", slice(0, 2), labels=np.array([[0, 1], [1, 0]]))
    rows = made(tmp_path, "b.aez", slice(2, 4), labels=np.array([[7, 1], [-1, 0]]))
    aecodec.join([hot, rows], tmp_path / "x.aez")
    labels = aecodec.open((tmp_path / "x.aez").read_bytes()).labels
    assert labels is not None and labels.tolist() == [[0, 1], [1, 0], [7, 1], [-1, 0]]


def test_splits_and_metadata_are_joined(tmp_path: Path) -> None:
    one = made(tmp_path, "a.aez", slice(0, 5), splits={"train": 3, "val": 2}, metadata={"k": 1})
    two = made(tmp_path, "b.aez", slice(5, 9), splits={"test": 4}, metadata={"k": 1, "l": [b"x"]})
    aecodec.join([one, two], tmp_path / "x.aez")
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert [(run.name, run.images) for run in archive.split_runs] == [
            ("train", 3),
            ("val", 2),
            ("test", 4),
        ]
        assert archive.metadata == {"k": 1, "l": [b"x"]}
    aecodec.join([one, two], tmp_path / "y.aez", splits="files")
    assert list(aecodec.open((tmp_path / "y.aez").read_bytes()).splits) == ["a", "b"]
    aecodec.join([one, two], tmp_path / "z.aez", splits="none", metadata=False)
    assert aecodec.open((tmp_path / "z.aez").read_bytes()).summary()["version"] == 1


@pytest.mark.parametrize(
    ("one", "two", "message", "remedy"),
    [
        ({"names": ["x"]}, {"names": ["x"]}, "has an image 'x', as", {"names": "folders"}),
        ({"names": ["x"]}, {}, "has no names, and", {"names": "none"}),
        ({"names": ["x"]}, {"names": ["x/y"]}, "folder of", {"names": "folders"}),
        ({"labels": [1]}, {}, "has no labels, and", {"labels": False}),
        ({"labels": [1]}, {"labels": ["a"]}, r"i8 of shape \(N\) and str", {"labels": False}),
        ({"splits": {"t": 1}}, {"splits": {"t": 1}}, "has a split 't', as", {"splits": "merge"}),
        ({"splits": {"t": 1}}, {}, "has no splits, and", {"splits": "files"}),
        ({"metadata": {"k": 1}}, {"metadata": {"k": 2}}, "for 'k' in its", {"metadata": False}),
    ],
)
def test_what_does_not_fit_together_is_told_with_a_remedy(
    tmp_path: Path, one: dict[str, Any], two: dict[str, Any], message: str, remedy: dict[str, Any]
) -> None:
    paths = [
        made(tmp_path, "a.aez", slice(0, 1), **one),
        made(tmp_path, "b.aez", slice(1, 2), **two),
    ]
    with pytest.raises(aecodec.AecodecError, match=message):
        aecodec.join(paths, tmp_path / "x.aez")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.aez", "b.aez"]
    assert aecodec.join(paths, tmp_path / "x.aez", **remedy).images == 2
    with aecodec.open(tmp_path / "x.aez") as archive:
        archive.check()
        assert len(archive[:]) == 2


def test_damage_and_a_target_that_is_a_source_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path, "a.aez", slice(0, 9), labels=[1] * 9)
    before = path.read_bytes()
    with pytest.raises(aecodec.OutputError, match="is the input itself"):
        aecodec.join([path, path], path, overwrite=True)
    assert path.read_bytes() == before
    path.write_bytes(before[:-9] + b"\0" + before[-8:])
    with pytest.raises(aecodec.CorruptFileError, match=r"a\.aez: "):
        aecodec.join([path, path], tmp_path / "x.aez")
    assert not (tmp_path / "x.aez").exists()
    with pytest.raises(aecodec.InvalidArgumentError, match="one of keep, folders, none"):
        aecodec.join([path], tmp_path / "x.aez", names="some")


def test_embedded_models_come_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path, "a.aez", slice(0, 2))
    two = made(tmp_path, "b.aez", slice(2, 4), embed_model=True)
    whole = [aecodec.decompress(path.read_bytes()) for path in (one, two)]
    aecodec.join([one, two], tmp_path / "x.aez")
    monkeypatch.setenv("AECODEC_MODELS", "")
    found = aecodec.decompress((tmp_path / "x.aez").read_bytes())
    assert np.array_equal(found, np.concatenate(whole))


def test_codes_are_put_together_without_a_change(tmp_path: Path) -> None:
    path = mixed(tmp_path, "a.aez", slice(0, 20), names=[f"{n:02}" for n in range(20)])
    with aecodec.open(path) as archive:
        coded = Coded.of(archive.coders, archive.read_chunk(0))
        order = np.random.default_rng(3).permutation(20)[:13]
        chunk = coded[order].pack(archive.coders)
        assert np.array_equal(Coded.of(archive.coders, chunk).images, archive[order])
        assert chunk.names == tuple(f"{n:02}" for n in order)
        assert chunk.pixel_check == zlib.crc32(archive[order].tobytes())


def test_very_many_files_are_joined(tmp_path: Path) -> None:
    """A folder of a file for each image: more than a process may open."""
    paths = [made(tmp_path, f"{n:03}.aez", slice(n % 40, n % 40 + 1)) for n in range(200)]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (150, limits[1]))
    try:
        report = aecodec.join(paths, tmp_path / "x.aez")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert report.images == 200
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert np.array_equal(archive[199], aecodec.decompress(paths[199].read_bytes())[0])


def test_the_command_joins(tmp_path: Path) -> None:
    made(tmp_path, "a.aez", slice(0, 5))
    made(tmp_path, "b.aez", slice(5, 9))
    text = ok("join", "a.aez", "b.aez", "-o", "x.aez", cwd=tmp_path).stderr.decode()
    assert text.startswith("x.aez: 9 images in ")
    assert b"images" in ok("join", "--json", "a.aez", "b.aez", "-o", "y.aez", cwd=tmp_path).stdout
    assert ok("join", "a.aez", "b.aez", "-o", "-", cwd=tmp_path).stdout == (
        (tmp_path / "x.aez").read_bytes()
    )
    assert "exists already" in fails("join", "a.aez", "-o", "x.aez", cwd=tmp_path)
    assert "no such file" in fails("join", "none.aez", "-o", "z.aez", cwd=tmp_path)
    assert "name one archive" in fails("join", "a.aez", "-o", "z/", cwd=tmp_path, code=2)
