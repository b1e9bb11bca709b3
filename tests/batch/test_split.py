"""Archives split: parts hold what they should, pixel for pixel, and join to the whole."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import K2, fails, ok, pattern
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aecodec
from aecodec.batch import splitting

IMAGES = pattern(40)
DIGITS = (np.arange(40) * 7 % 5).astype(np.uint8)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(K2.parent))


def made(folder: Path, sizes: Sequence[int] = (40,), **more: Any) -> Path:
    """An archive x.aez of chunks of these sizes, some of whose images are exact."""
    ends = np.cumsum([0, *sizes])
    pieces = []
    for number, (start, end) in enumerate(pairwise(ends.tolist())):
        mine = {key: value[start:end] for key, value in more.items()}
        pieces.append(folder / f"piece{number}.aez")
        data = aecodec.compress(IMAGES[start:end], model=str(K2), max_mse=0.25, **mine)
        pieces[-1].write_bytes(data)
    aecodec.join(pieces, folder / "x.aez")
    for piece in pieces:
        piece.unlink()
    return folder / "x.aez"


def with_splits(folder: Path, **more: Any) -> Path:
    path = folder / "x.aez"
    splits = [("train", 15), ("test", 10), ("train", 15)]
    path.write_bytes(aecodec.compress(IMAGES, model=str(K2), splits=splits, **more))
    return path


def opened(path: str | Path) -> aecodec.Archive:
    return aecodec.open(Path(path).read_bytes())


def test_by_splits(tmp_path: Path) -> None:
    path = with_splits(tmp_path, labels=DIGITS, metadata={"k": "v"})
    whole = opened(path)
    reports = aecodec.split(path)
    assert [Path(report.output).name for report in reports] == ["x-train.aez", "x-test.aez"]
    assert [report.images for report in reports] == [30, 10]
    for report, name in zip(reports, ("train", "test"), strict=True):
        part, chosen = opened(report.output), whole.splits[name]
        part.check()
        assert np.array_equal(part[:], whole[chosen])
        assert part.labels is not None and np.array_equal(part.labels, DIGITS[chosen])
        assert [(run.name, run.images) for run in part.split_runs] == [(name, len(chosen))]
        assert part.metadata == {"k": "v"}
    assert all(report.present for report in aecodec.split(path, by="split"))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (DIGITS, ["0", "1", "2", "3", "4"]),
        (DIGITS.astype(np.int64)[:, None] - 2, ["-2", "-1", "0", "1", "2"]),
        (np.eye(5, dtype=np.float32)[DIGITS], ["0", "1", "2", "3", "4"]),
        (DIGITS > 2, ["0", "1"]),
        (np.array(["a b", "é", "c", "d", "../e"])[DIGITS], [".._e", "a_b", "c", "d", "é"]),
    ],
    ids=["u1", "column", "one-hot", "bool", "str"],
)
def test_by_labels(tmp_path: Path, labels: Any, names: list[str]) -> None:
    path = made(tmp_path, (16, 3, 21), labels=labels)
    whole = opened(path)
    reports = aecodec.split(path, tmp_path / "parts", by="label")
    assert [Path(report.output).name for report in reports] == [f"x-{name}.aez" for name in names]
    assert sum(report.images for report in reports) == 40
    for report in reports:
        part = opened(report.output)
        assert part.labels is not None and part.labels.dtype.kind == labels.dtype.kind
        assert part.labels.dtype == labels.dtype or labels.dtype.kind == "U"  # of any length
        mine = (labels.reshape(40, -1) == part.labels[0].reshape(-1)).all(1)
        assert (part.labels == part.labels[0]).all()
        assert np.array_equal(part[:], whole[mine])


def test_parts_by_label_are_called_as_their_classes(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    data = aecodec.compress(IMAGES[:4], labels=[0, 1, 0, 1], class_names=["cat", "dog"])
    path.write_bytes(data)
    names = [Path(report.output).name for report in aecodec.split(path, by="label")]
    assert names == ["x-cat.aez", "x-dog.aez"]
    assert opened(tmp_path / "x-dog.aez").class_names == {0: "cat", 1: "dog"}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=6).filter(lambda s: sum(s) <= 40),
    images=st.integers(1, 41),
)
def test_parts_of_any_size_join_to_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], images: int
) -> None:
    folder = tmp_path_factory.mktemp("split")
    count = sum(sizes)
    names = np.array([f"{number:03}.png" for number in range(count)])
    path = made(folder, sizes, names=names, labels=DIGITS[:count])
    reports = aecodec.split(path, part_images=images)
    assert [report.images for report in reports] == [
        min(images, count - start) for start in range(0, count, images)
    ]
    aecodec.join([report.output for report in reports], folder / "again.aez")
    whole, again = opened(path), opened(folder / "again.aez")
    assert np.array_equal(whole[:], again[:])
    assert whole.names == again.names
    assert whole.labels is not None and again.labels is not None
    assert np.array_equal(whole.labels, again.labels)


def test_whole_chunks_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, (10, 10, 10, 10))
    reports = aecodec.split(path, part_images=20)
    assert [report.copied for report in reports] == [20, 20]
    assert [report.copied for report in aecodec.split(path, tmp_path / "y", part_images=25)] == [
        20,
        10,
    ]
    aecodec.join([report.output for report in reports], tmp_path / "again.aez")
    assert (tmp_path / "again.aez").read_bytes() == path.read_bytes()
    monkeypatch.setenv("AECODEC_MODELS", "")
    assert len(aecodec.split(path, tmp_path / "z", part_images=10)) == 4
    with pytest.raises(aecodec.UnknownModelError, match=r"x\.aez: "):
        aecodec.split(path, tmp_path / "w", part_images=9)
    assert list((tmp_path / "w").iterdir()) == []


def test_very_many_parts_need_few_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "AT_ONCE", 3)
    path = made(tmp_path, (40,), labels=np.arange(40))
    reports = aecodec.split(path, by="label")
    assert [Path(report.output).name for report in reports] == [f"x-{n}.aez" for n in range(40)]
    found = np.concatenate([opened(report.output)[:] for report in reports])
    assert np.array_equal(found, opened(path)[:])


def test_what_cannot_be_split_is_told(tmp_path: Path) -> None:
    path = made(tmp_path)
    with pytest.raises(aecodec.InvalidArgumentError, match=r"x\.aez: has no splits; use --by"):
        aecodec.split(path)
    with pytest.raises(aecodec.InvalidArgumentError, match="has no labels"):
        aecodec.split(path, by="label")
    for wrong in ({"by": "name"}, {"by": "label", "part_images": 3}, {"part_images": 0}):
        with pytest.raises(aecodec.InvalidArgumentError):
            aecodec.split(path, **wrong)
    (tmp_path / "y.aez").write_bytes(aecodec.compress(IMAGES[:2], labels=["a/b", "a b"]))
    with pytest.raises(aecodec.InvalidArgumentError, match=r"would both go into \.\.\.-a_b\.aez"):
        aecodec.split(tmp_path / "y.aez", by="label")
    with pytest.raises(aecodec.InvalidArgumentError, match="name a folder"):
        aecodec.split(path, tmp_path / "z.aez", part_images=3)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.aez", "y.aez"]


def test_the_command_splits(tmp_path: Path) -> None:
    path = with_splits(tmp_path)
    text = ok("split", "x.aez", "-o", "parts", cwd=tmp_path).stderr.decode()
    assert text.startswith("parts/x-train.aez: 30 images in ")
    assert b'"parts"' in ok("split", "--json", "x.aez", "--part-images", "7", cwd=tmp_path).stdout
    ok("split", "-", "-o", "piped", "-q", stdin=path.read_bytes(), cwd=tmp_path)
    assert (tmp_path / "piped/stdin-test.aez").read_bytes() == (
        (tmp_path / "parts/x-test.aez").read_bytes()
    )
    assert "no such file" in fails("split", "none.aez", cwd=tmp_path)
    assert "no labels" in fails("split", "x.aez", "--by", "label", cwd=tmp_path, code=2)
    assert "is a folder" in fails("split", "parts", cwd=tmp_path, code=2)
