"""The vectors: what good files decode to, and that no other file passes."""

import hashlib
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from helpers import MODELS, VECTORS, ok, run
from vectors import generate

import aecodec
from aecodec.archive import Archive
from aecodec.container.reader import ContainerReader
from aecodec.container.writer import ContainerWriter, Extras
from aecodec.kinds import load_coder
from aecodec.model_file import Model

EXPECTED: dict[str, Any] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
BY_ID = {path.read_bytes()[5:13]: path.read_bytes() for path in MODELS.glob("*.aem")}
VERDICTS = {
    "CorruptFileError": reference.DamagedError,
    "UnsafeNameError": reference.DamagedError,
    "InvalidModelError": reference.DamagedError,
    "UnsupportedFileError": reference.UnsupportedError,
    "UnknownModelError": reference.UnknownModelError,
    "DecodingError": reference.WrongPixelsError,
}


def names(prefix: str) -> list[str]:
    return [name for name in EXPECTED if name.startswith(prefix)]


GOOD = names("good/")
REFUSED = [n for n in names("bad/") + names("unsupported/") if n.endswith(".aez")]
REFUSED_MODELS = [n for n in names("bad/") + names("unsupported/") if n.endswith(".aem")]


def errors(name: str) -> tuple[type[Exception], ...]:
    return tuple(getattr(aecodec, error) for error in EXPECTED[name].split())


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


@pytest.fixture(autouse=True)
def decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors' own models, those that can only decode among them."""
    monkeypatch.setenv("AECODEC_MODELS", str(MODELS))


def verdict(name: str) -> type[reference.RefusedError]:
    (found,) = {VERDICTS[error] for error in EXPECTED[name].split()}
    return found


def test_the_generator_still_makes_these_very_files() -> None:
    made = generate.files()
    there = {p.relative_to(VECTORS).as_posix() for p in VECTORS.rglob("*.ae[zm]")}
    assert there == set(made) == set(EXPECTED)
    assert {name for name, vector in made.items() if read(name) != vector.data} == set()
    assert {name: vector.expected for name, vector in made.items()} == EXPECTED
    assert (VECTORS / "README.md").read_text("utf-8") == generate.readme(made)


def test_the_generator_refuses_to_change_a_vector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    (tmp_path / "good").mkdir()
    (tmp_path / "good/one.aez").write_bytes(b"other")
    with pytest.raises(SystemExit, match=r"never change.*good/one\.aez"):
        generate.main()
    assert (tmp_path / "good/one.aez").read_bytes() == b"other"


def test_a_model_keeps_its_id() -> None:
    for name in names("models/"):
        assert Model.from_bytes(read(name)).id.hex() == EXPECTED[name]["id"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_gives_the_pinned_pixels(name: str) -> None:
    images = aecodec.decompress(read(name))
    assert images.dtype == np.uint8
    assert images.shape == (EXPECTED[name]["images"], 28, 28)
    assert hashlib.sha256(images.tobytes()).hexdigest() == EXPECTED[name]["sha256"]
    with Archive(io.BytesIO(read(name))) as archive:
        assert list(archive.names) == EXPECTED[name].get("names", [])
    reader = ContainerReader(io.BytesIO(read(name)))
    splits, metadata = reader.read_extras()
    labels: list[Any] = [
        label for i in range(len(reader.places)) for label in reader.read(i).labels
    ]
    labels = [list(one) if isinstance(one, tuple) else one for one in labels]
    assert generate.plain(labels) == EXPECTED[name].get("labels", [])
    assert [[run.name, run.images] for run in splits] == EXPECTED[name].get("splits", [])
    plain = {key: generate.plain(value) for key, value in metadata.items()}
    assert plain == EXPECTED[name].get("metadata", {})


@pytest.mark.parametrize("name", GOOD)
def test_the_reference_decoder_gives_the_same_pixels_and_names(name: str) -> None:
    assert generate.contents(read(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"good/v2-skipped.aez"}))
def test_a_good_file_written_again_has_the_same_bytes(name: str) -> None:
    reader = ContainerReader(io.BytesIO(read(name)))
    out = io.BytesIO()
    extras = Extras(reader.labels, reader.titles) if reader.version == 2 else None
    models = reader.models
    writer = ContainerWriter(out, reader.ids, named=reader.named, models=models, extras=extras)
    for number in range(len(reader.places)):
        writer.write(reader.read(number))
    writer.close(*reader.read_extras())
    assert out.getvalue() == read(name)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_not_good_is_refused(name: str) -> None:
    with pytest.raises(errors(name)) as caught:
        aecodec.decompress(read(name))
    assert str(caught.value)


@pytest.mark.parametrize("name", REFUSED)
def test_the_reference_decoder_refuses_it_too(name: str) -> None:
    with pytest.raises(reference.RefusedError) as caught:
        reference.decode(read(name), BY_ID)
    assert type(caught.value) is verdict(name)


@pytest.mark.parametrize("name", REFUSED_MODELS)
def test_a_model_file_that_is_not_good_is_refused(name: str) -> None:
    with pytest.raises(errors(name)) as caught:
        load_coder(Model.from_bytes(read(name)))
    assert str(caught.value)


@pytest.mark.parametrize("name", REFUSED_MODELS)
def test_the_reference_refuses_it_as_well(name: str) -> None:
    with pytest.raises(reference.RefusedError) as caught:
        reference.check_model(reference.read_model(read(name)))
    assert type(caught.value) is verdict(name)


@pytest.mark.parametrize("name", names("models/"))
def test_the_reference_takes_the_models(name: str) -> None:
    reference.check_model(reference.read_model(read(name)))


def test_refusing_a_file_takes_little_memory() -> None:
    for name in REFUSED:
        with pytest.raises(aecodec.AecodecError):
            aecodec.decompress(read(name))  # the model it names is loaded now, if it has one
        # the least of some: what threads of the tests before let go of counts, too
        peak = min(peak_of_refusing(name) for _ in range(3))
        assert peak < 2**20, f"{name} took {peak} bytes"


def peak_of_refusing(name: str) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(aecodec.AecodecError):
            aecodec.decompress(read(name))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_verify_tells_good_from_bad_and_shows_no_traceback() -> None:
    ok("verify", "-j", "1", *(VECTORS / name for name in GOOD))
    done = run("verify", "--json", "-j", "1", *(VECTORS / name for name in REFUSED))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [row["path"] for row in report["files"] if row["ok"]] == []
    assert {row["path"] for row in report["failures"]} == {str(VECTORS / n) for n in REFUSED}


def test_info_describes_every_file_or_says_why_not() -> None:
    done = run("info", "--json", *(VECTORS / name for name in GOOD))
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["files"]
    assert [row["images"] for row in rows] == [EXPECTED[name]["images"] for name in GOOD]
    assert run("info", "--json", *(VECTORS / name for name in REFUSED)).returncode == 1


def test_all_vectors_are_small() -> None:
    files = [p for p in VECTORS.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(p.stat().st_size for p in files) < 1_600_000
