import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from helpers import K2, K3, ROOT, VECTORS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

import aecodec
from aecodec.errors import (
    AecodecError,
    InvalidModelError,
    UnknownModelError,
    UnsupportedFileError,
)
from aecodec.library import find_codec, find_id, find_path, installed, search_path
from aecodec.model_file import Model, read_model
from aecodec.selection import make_plan

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4"]
SMALL = Model("kind", {"b": np.array([[1, -2]], np.int16), "a": np.array([3], np.uint8)})

ARRAYS = st.dictionaries(
    st.text(st.sampled_from("abz.019é"), min_size=1, max_size=8)
    | st.sampled_from(["encoder.x", "stats.y", "decoder.z"]),
    st.sampled_from(TYPES).flatmap(
        lambda code: hnp.arrays(
            np.dtype(code), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
        )
    ),
    max_size=5,
)
MODELS = st.builds(Model, st.text(max_size=8), ARRAYS)


def same(a: Model, b: Model) -> bool:
    return (
        a.kind == b.kind
        and a.arrays.keys() == b.arrays.keys()
        and all(
            a.arrays[k].dtype == b.arrays[k].dtype
            and a.arrays[k].shape == b.arrays[k].shape
            and np.array_equal(a.arrays[k], b.arrays[k])
            for k in a.arrays
        )
    )


def test_a_small_model_has_these_bytes() -> None:
    assert SMALL.to_bytes().hex(" ") == (
        "ae 4d 0d 0a 01 " + SMALL.id.hex(" ") + " 18 00 00 00 92 a4 6b 69 6e 64 92 "
        "93 a1 61 a2 75 31 91 01 93 a1 62 a2 69 32 92 01 02 "
        "03 01 00 fe ff " + SMALL.to_bytes()[-8:].hex(" ")
    )


@given(MODELS)
def test_a_model_comes_back(model: Model) -> None:
    again = Model.from_bytes(model.to_bytes())
    assert same(model, again)
    assert again.id == model.id
    assert again.to_bytes() == model.to_bytes()


@given(MODELS)
def test_a_model_file_is_what_the_format_says(model: Model) -> None:
    found = reference.read_model(model.to_bytes())
    assert (found.id, found.kind) == (model.id, model.kind)
    assert {name: a.ravel().tolist() for name, a in model.arrays.items()} == {
        name: values for name, (_, _, values) in found.arrays.items()
    }


def test_the_order_and_layout_of_arrays_in_memory_do_not_matter() -> None:
    wide = np.arange(6, dtype=np.int32).reshape(2, 3)
    strided = np.arange(12, dtype=np.int32).reshape(2, 6)[:, ::2] // 2
    data = Model("k", {"a": wide, "b": wide}).to_bytes()
    assert Model("k", {"b": np.asfortranarray(wide), "a": strided}).to_bytes() == data
    assert Model("k", {"b": wide.astype(">i4"), "a": wide}).to_bytes() == data


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint64", "bool", "complex64"])
def test_other_types_are_not_written(dtype: str) -> None:
    with pytest.raises(InvalidModelError, match=dtype):
        Model("k", {"a": np.zeros(2, dtype)}).to_bytes()


# ------------------------------------------------------------------------------------------- ids


def k3() -> dict[str, NDArray[Any]]:
    return dict(read_model(K3).arrays)


def test_a_better_encoder_and_new_statistics_keep_the_id() -> None:
    arrays = k3()
    model_id = Model("classic", arrays).id
    arrays["encoder.0.bias"] = arrays["encoder.0.bias"] + np.int32(1)
    arrays["stats.validation_sse"] = np.zeros(4, np.uint32)
    arrays["encoder.more"] = np.zeros(1, np.uint8)
    assert Model("classic", arrays).id == model_id
    fewer = {k: v for k, v in arrays.items() if not k.startswith(("encoder.", "stats."))}
    assert Model("classic", fewer).id == model_id


@pytest.mark.parametrize(
    "name", sorted(n for n in read_model(K3).arrays if n.startswith("decoder."))
)
def test_any_change_of_the_decoder_changes_the_id(name: str) -> None:
    arrays = k3()
    model_id = Model("classic", arrays).id
    changed = arrays[name].copy()
    changed.flat[-1] ^= 1
    assert Model("classic", arrays | {name: changed}).id != model_id
    assert Model("classic", {k: v for k, v in arrays.items() if k != name}).id != model_id


def test_the_kind_is_part_of_the_id() -> None:
    assert Model("other", k3()).id != Model("classic", k3()).id


# ---------------------------------------------------------------------------------------- damage


def refused(data: bytes) -> None:
    with pytest.raises((InvalidModelError, UnsupportedFileError)) as caught:
        Model.from_bytes(data)
    assert str(caught.value)


def test_every_flipped_bit_is_found() -> None:
    data = SMALL.to_bytes()
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        refused(bytes(changed))


@given(st.integers(0, 2**32), st.integers(1, 255))
def test_any_changed_byte_of_a_real_model_is_found(at: int, change: int) -> None:
    data = bytearray(K3.read_bytes())
    data[at % len(data)] ^= change
    refused(bytes(data))


def test_every_truncation_is_found() -> None:
    for length in range(len(SMALL.to_bytes())):
        refused(SMALL.to_bytes()[:length])


@given(st.binary(min_size=1, max_size=20))
def test_appended_bytes_are_found(more: bytes) -> None:
    refused(SMALL.to_bytes() + more)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    refused(b"\xaeM\r\n\x01" + data)


def test_a_file_past_the_cap_is_not_even_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.aem"
    with path.open("wb") as file:
        file.write(SMALL.to_bytes())
        file.truncate(2**40)  # a hole: it takes no space
    with pytest.raises(InvalidModelError, match="at most"):
        read_model(path)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.aem").write_bytes(b"nonsense")
    with pytest.raises(InvalidModelError, match=r"bad\.aem: not a model file"):
        read_model(tmp_path / "bad.aem")
    with pytest.raises(UnsupportedFileError, match=r"version-2\.aem: .*update"):
        read_model(VECTORS / "unsupported/version-2.aem")
    with pytest.raises(UnknownModelError, match=r"none\.aem: cannot be read"):
        read_model(tmp_path / "none.aem")


# --------------------------------------------------------------------------------------- finding


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders on the search path."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    monkeypatch.setenv("AECODEC_MODELS", f"{first}{os.pathsep}{second}")
    return first, second


def test_named_folders_are_searched_before_the_shipped_one(two: tuple[Path, Path]) -> None:
    assert search_path()[:2] == list(two)
    assert len(search_path()) == 3
    assert search_path()[2].name == "weights"


def test_without_the_variable_only_the_shipped_models_are_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AECODEC_MODELS")
    assert [path.name for path in search_path()] == ["weights"]
    monkeypatch.setenv("AECODEC_MODELS", "")
    assert [path.name for path in search_path()] == ["weights"]


def test_the_first_of_a_name_wins(two: tuple[Path, Path]) -> None:
    shutil.copy(K2, two[1] / "a-b.aem")
    shutil.copy(K3, two[0] / "a-b.aem")
    shutil.copy(K2, two[1] / "c-d.aem")
    assert installed()["a-b"] == two[0] / "a-b.aem"
    assert installed()["c-d"] == two[1] / "c-d.aem"


def test_an_id_is_found_where_another_model_has_taken_the_name(two: tuple[Path, Path]) -> None:
    shutil.copy(K2, two[0] / "a-b.aem")
    shutil.copy(K3, two[1] / "a-b.aem")
    assert find_id(read_model(K3).id) == two[1] / "a-b.aem"


@pytest.mark.parametrize(
    ("image", "pixels"),
    [
        ("ae5a0d0a0192c4080ea8122e9360b5c8017a2698522f9846fce2ae", 1385703034),
        ("ae5a0d0a0192c4088d3a8f2254ee4a9b0169e0e1a300f7686e5758", 2749489257),
    ],
    ids=["mnist-x392", "fashion-x392"],
)
def test_files_of_a_model_that_shipped_once_still_decode(
    image: str, pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")
    assert zlib.crc32(aecodec.decompress(bytes.fromhex(image)).tobytes()) == pixels
    model_id = image[16:32]
    place = find_id(bytes.fromhex(model_id))
    assert place not in installed().values()
    assert find_path(model_id) == place


def test_a_missing_folder_on_the_search_path_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path / "none"))
    assert "tiny-k2" not in installed()


def test_a_model_is_found_by_name_id_and_path(two: tuple[Path, Path]) -> None:
    place = Path(shutil.copy(K3, two[1] / "my-own.aem"))
    model_id = read_model(K3).id
    assert find_path("my-own") == place
    assert find_path(model_id.hex()) == place
    assert find_path(model_id.hex().upper()) == place
    assert find_path(str(K2)) == K2
    assert find_id(model_id) == place


def test_a_model_in_the_working_folder_is_found_by_its_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(K2, tmp_path / "here.aem")
    monkeypatch.chdir(tmp_path)
    assert find_path("here.aem") == Path("here.aem")


@pytest.mark.parametrize("name", ["", "none", "../tiny-k2", "none.aem", "a/b", "0" * 16, "*"])
def test_an_unknown_model_is_told_with_what_to_do(name: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        find_path(name)
    assert name in str(caught.value)


def test_an_unknown_id_is_named_with_the_places_searched(two: tuple[Path, Path]) -> None:
    with pytest.raises(UnknownModelError) as caught:
        find_id(bytes.fromhex("deadbeef00000000"))
    for text in ("deadbeef00000000", str(two[0]), str(two[1]), "--model", "AECODEC_MODELS"):
        assert text in str(caught.value)


def test_a_damaged_model_does_not_keep_another_from_being_found(two: tuple[Path, Path]) -> None:
    (two[0] / "a-damaged.aem").write_bytes(K2.read_bytes()[:200])
    (two[0] / "a-empty.aem").write_bytes(b"")
    shutil.copy(K2, two[1] / "good-one.aem")
    assert find_id(read_model(K2).id) in (two[0] / "a-damaged.aem", two[1] / "good-one.aem")
    shutil.copy(K3, two[1] / "good-two.aem")
    assert find_id(read_model(K3).id) == two[1] / "good-two.aem"


def test_every_model_that_ships_is_sound_and_named_by_family_and_level() -> None:
    for path in sorted((ROOT / "weights").glob("*.aem")):
        family, _, level = path.stem.rpartition("-")
        assert family, path
        assert level, path
        assert read_model(path).to_bytes() == path.read_bytes()
        try:
            reference.read_model(path.read_bytes())
        except reference.DamagedError as error:  # pragma: no cover
            raise AssertionError(path) from error


def test_errors_are_of_the_one_base_class() -> None:
    assert issubclass(InvalidModelError, AecodecError)
    assert issubclass(UnknownModelError, AecodecError)


def test_a_model_file_that_may_not_be_looked_at_is_not_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:  # pytest asks for files itself
        patch.setattr(Path, "stat", refuse)
        with pytest.raises(UnknownModelError, match=r"x\.aem: cannot be read: Permission denied"):
            find_path("locked/x.aem")


@pytest.mark.parametrize(("level", "model"), [("", None), ("", "mnist"), (None, ""), ("q3", "")])
@pytest.mark.parametrize("bound", [None, 0])
def test_an_empty_name_is_a_wrong_one_and_not_the_default(
    level: str | None, model: str | None, bound: int | None
) -> None:
    with pytest.raises(UnknownModelError, match="''"):
        make_plan(level, model, bound=bound)
    with pytest.raises(UnknownModelError, match="''"):
        find_codec(level, model)
