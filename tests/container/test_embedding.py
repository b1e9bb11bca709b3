"""Models inside files: what is lost with a model file, what a stranger's model may do."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import reference
from helpers import K2, K3, VECTORS, fails, load, ok, one_line, pattern, save
from hypothesis import given
from hypothesis import strategies as st

import aecodec
from aecodec.container import writer as container
from aecodec.container.reader import ContainerReader
from aecodec.model_file import read_model

NOTHING = {"AECODEC_MODELS": ""}
GOOD = (VECTORS / "good/embedded.aez").read_bytes()


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")


def k3_file(count: int = 5) -> bytes:
    return aecodec.compress(pattern(count), model=str(K3), embed_model=True)


# ------------------------------------------------------------------------------ nothing is lost


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("count", [0, 1, 5, 1500])
def test_a_file_that_brings_its_model_needs_nothing_else(count: int) -> None:
    data = k3_file(count)
    bare = aecodec.compress(pattern(count), model=str(K3))
    expected = aecodec.decompress(bare, model=str(K3))
    assert np.array_equal(aecodec.decompress(data), expected)
    if count:
        with pytest.raises(aecodec.UnknownModelError):
            aecodec.decompress(bare)


def test_it_brings_what_decoding_needs_and_no_more() -> None:
    model = read_model(K3)
    body = model.decoding_body()
    assert ContainerReader(io.BytesIO(k3_file())).models == [body]
    bare = aecodec.compress(pattern(5), model=str(K3))
    assert len(k3_file()) == len(bare) + len(body) + 1 + 3  # the size, in the header
    assert b"encoder." not in body
    assert b"stats." not in body


@pytest.mark.usefixtures("nothing")
def test_every_model_of_a_bounded_file_is_there(tmp_path: Path) -> None:
    for path in (K2, K3):
        shutil.copy(path, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECODEC_MODELS", str(tmp_path))
        data = aecodec.compress(pattern(1100), model="tiny", max_mse=0.2, embed_model=True)
        short = aecodec.compress(pattern(3), model="tiny", max_mse=1, embed_model=True)
        expected = aecodec.decompress(data)
    assert np.array_equal(aecodec.decompress(data), expected)
    ids = {read_model(path).id for path in (K2, K3)}
    assert {i for i, body in aecodec.Archive(io.BytesIO(data)).models if body} == ids
    assert [len(body) > 0 for _, body in aecodec.Archive(io.BytesIO(short)).models] == [True]


def test_stored_pixels_bring_nothing() -> None:
    images = pattern(2)
    assert aecodec.compress(images, max_mse=0, embed_model=True) == aecodec.compress(
        images, max_mse=0
    )


@pytest.mark.usefixtures("nothing")
def test_any_image_is_at_hand_and_a_model_serves_its_own_file_only(tmp_path: Path) -> None:
    (tmp_path / "x.aez").write_bytes(k3_file(2500))
    bare = aecodec.compress(pattern(1), model=str(K3))
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert np.array_equal(archive[2000], aecodec.decompress(k3_file(2500))[2000])
        with pytest.raises(aecodec.UnknownModelError):
            aecodec.decompress(bare)


@pytest.mark.usefixtures("nothing")
def test_the_reference_decoder_needs_nothing_else_either() -> None:
    pixels = b"".join(picture.pixels for picture in reference.decode(k3_file(), {}))
    assert pixels == aecodec.decompress(k3_file()).tobytes()


def test_more_than_a_file_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_EMBEDDED_BYTES", 1000)
    with pytest.raises(aecodec.InvalidModelError, match="at most 1,000"):
        k3_file()


# --------------------------------------------------------------------------------- the command


def test_the_command_line_needs_nothing_else(scans: Path, tmp_path: Path) -> None:
    model = ("--model", K3, "--embed-model")
    ok("compress", scans, "-o", tmp_path / "a.aez", *model, "-j", "1")
    ok("compress", scans, "-o", tmp_path / "b.aez", *model, "-j", "2")
    assert (tmp_path / "a.aez").read_bytes() == (tmp_path / "b.aez").read_bytes()
    ok("verify", tmp_path / "a.aez", env=NOTHING)
    ok("decompress", tmp_path / "a.aez", "-o", tmp_path / "out", env=NOTHING)
    expected = aecodec.decompress(k3_file())
    for number in range(5):
        assert np.array_equal(load(tmp_path / f"out/0{number}.png"), expected[number])
    done = ok("info", "--json", tmp_path / "a.aez", env=NOTHING)
    (row,) = json.loads(done.stdout)["files"]
    assert row["damage"] is None
    size = len(read_model(K3).decoding_body())
    expected_row = {"name": None, "kind": "classic", "embedded_bytes": size}
    assert expected_row.items() <= row["models"][0].items()
    text = ok("info", tmp_path / "a.aez", env=NOTHING).stdout.decode()
    assert f"not installed here, embedded ({size:,} bytes)" in text


def test_single_files_and_pipes_bring_their_model_too(tmp_path: Path) -> None:
    png = save(tmp_path / "x.png", pattern(1)[0])
    model = ("--model", K3, "--embed-model")
    piped = ok("compress", "-", *model, stdin=png.read_bytes()).stdout
    ok("compress", png, *model)
    assert (tmp_path / "x.aez").read_bytes() == piped == k3_file(1)
    out = ok("decompress", "-", stdin=piped, env=NOTHING).stdout
    (tmp_path / "y.png").write_bytes(out)
    assert np.array_equal(load(tmp_path / "y.png"), aecodec.decompress(piped)[0])


def test_a_bad_model_is_told_in_one_line_that_names_the_file(tmp_path: Path) -> None:
    for name in ("embedded-clip", "embedded-other-id", "embedded-cut", "embedded-flipped"):
        path = VECTORS / f"bad/{name}.aez"
        for command in (("decompress", "-o", tmp_path / "x.png"), ("verify",)):
            line = one_line(fails(command[0], path, *command[1:]).splitlines()[0])
            assert f"{name}.aez: " in line
            assert "embedded model" in line
    assert not (tmp_path / "x.png").exists()


# -------------------------------------------------------------------------------------- damage


@given(st.sampled_from([True, False]), st.integers(0, 2**32), st.integers(1, 255))
def test_a_flipped_byte_is_an_error_or_costs_nothing(installed: bool, at: int, mask: int) -> None:
    """The whole is refused; by itself an image is right or refused, never another."""
    data = GOOD
    sound = aecodec.decompress(data).tobytes()
    changed = bytearray(data)
    changed[at % len(data)] ^= mask
    with pytest.MonkeyPatch.context() as patch:
        if not installed:
            patch.setenv("AECODEC_MODELS", "")
        with pytest.raises(aecodec.AecodecError):
            aecodec.decompress(bytes(changed))
        try:
            found = aecodec.Archive(io.BytesIO(changed)).chunk(0).tobytes()
        except aecodec.AecodecError as error:
            assert str(error)
        else:
            assert found == sound


@given(st.integers(0, 2**32), st.binary(min_size=1, max_size=40))
def test_any_bytes_in_a_models_place_are_refused(at: int, new: bytes) -> None:
    data = GOOD
    at = 20 + at % (len(data) - 60)
    changed = data[:at] + new + data[at + len(new) :]
    if changed != data:
        with pytest.raises(aecodec.AecodecError):
            aecodec.decompress(changed)


@given(st.integers(0, len(GOOD) - 1))
def test_a_truncation_is_found(length: int) -> None:
    with pytest.raises(aecodec.AecodecError):
        aecodec.decompress(GOOD[:length])


def test_with_the_model_installed_a_damaged_copy_loses_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(k3_file(1500))
    expected = aecodec.decompress(bytes(data))
    data[5000] ^= 1
    (tmp_path / "x.aez").write_bytes(data)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert "embedded model" in archive.damage
        assert np.array_equal(archive[1400], expected[1400])
    monkeypatch.setenv("AECODEC_MODELS", "")
    with (
        aecodec.open(tmp_path / "x.aez") as archive,
        pytest.raises(aecodec.CorruptFileError, match=r"damaged|malformed|canonical"),
    ):
        archive[1400]


def test_a_broken_model_file_is_no_loss_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = k3_file()
    expected = aecodec.decompress(data)
    (tmp_path / "x.aem").write_bytes(K3.read_bytes()[:-1])
    monkeypatch.setenv("AECODEC_MODELS", str(tmp_path))
    assert np.array_equal(aecodec.decompress(data), expected)


@pytest.mark.usefixtures("nothing")
def test_a_wrong_name_of_a_model_is_told_all_the_same() -> None:
    with pytest.raises(aecodec.UnknownModelError, match="nonsense"):
        aecodec.decompress(k3_file(), model="nonsense")
    assert len(aecodec.decompress(k3_file(), model=str(K2))) == 5
