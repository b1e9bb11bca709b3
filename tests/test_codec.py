import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from helpers import K2, K3, VECTORS, pattern
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tiny import region_search

import aecodec
from aecodec.codec import CHUNK_IMAGES, cheapest, encode_chunk
from aecodec.coded import Coded
from aecodec.distortion import squared_error_bound, squared_errors
from aecodec.kinds import DEFAULT_EFFORT, load_coder
from aecodec.kinds.classic import ClassicCoder
from aecodec.kinds.stored import STORED_ID, StoredCoder
from aecodec.library import codec_by_id, find_codec, levels_of, load_codec
from aecodec.model_file import read_model
from aecodec.selection import make_plan

Images = NDArray[np.uint8]
SOME = hnp.arrays(np.uint8, st.tuples(st.integers(0, 5), st.just(28), st.just(28)))


# -------------------------------------------------------------------------------- in and out


@given(SOME)
def test_images_come_back_in_number_shape_and_type(images: Images) -> None:
    for level in ("k2", "k3"):
        data = aecodec.compress(images, level, "tiny")
        decoded = aecodec.decompress(data)
        assert decoded.shape == images.shape
        assert decoded.dtype == np.uint8
        assert decoded.flags.writeable


@given(SOME)
def test_compressing_does_not_change_its_input(images: Images) -> None:
    before = images.copy()
    aecodec.compress(images)
    assert np.array_equal(images, before)


def test_decoding_gives_what_the_encoder_said_it_would() -> None:
    coder = find_codec("k3", "tiny").coder
    chunk, decoded = encode_chunk(coder, pattern(9))
    assert np.array_equal(Coded.of([coder], chunk).images, decoded)


def test_one_image_compresses_like_a_stack_of_one() -> None:
    assert aecodec.compress(pattern(1)[0]) == aecodec.compress(pattern(1))
    assert aecodec.decompress(aecodec.compress(pattern(1)[0])).shape == (1, 28, 28)


def test_a_default_level_needs_no_words() -> None:
    assert aecodec.compress(pattern(2)) == aecodec.compress(pattern(2), level="x392")
    assert aecodec.compress(pattern(2)) == aecodec.compress(pattern(2), model="mnist")


@pytest.mark.parametrize("count", [CHUNK_IMAGES - 1, CHUNK_IMAGES, CHUNK_IMAGES + 1])
def test_chunks_have_1024_images(count: int) -> None:
    images = pattern(count)
    with aecodec.Archive(io.BytesIO(aecodec.compress(images))) as archive:
        assert archive.chunks == -(-count // CHUNK_IMAGES)
        assert len(archive) == count


@pytest.mark.parametrize("images", [np.full((28, 28), 0.3), np.zeros((28, 27), np.uint8), [[1]]])
def test_what_is_no_image_is_refused(images: object) -> None:
    with pytest.raises(aecodec.InvalidImageError):
        aecodec.compress(images)  # type: ignore[arg-type]  # what is refused


def test_decompressing_returns_no_part_of_a_damaged_file() -> None:
    data = bytearray(aecodec.compress(pattern(3000)))
    data[-10] ^= 1
    with pytest.raises(aecodec.CorruptFileError):
        aecodec.decompress(bytes(data))
    whole = bytearray(aecodec.compress(pattern(3000)))
    whole[3000] ^= 1
    with pytest.raises(aecodec.CorruptFileError):
        aecodec.decompress(bytes(whole))


def test_errors_are_sums_of_squares() -> None:
    images, decoded = pattern(4), pattern(4, 9)
    expected = ((images.astype(int) - decoded) ** 2).sum((1, 2))
    assert squared_errors(images, decoded).tolist() == expected.tolist()
    worst = squared_errors(np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8))
    assert worst.tolist() == [784 * 255**2]


# --------------------------------------------------------------------------------- error bounds


@given(SOME, st.sampled_from([0.0, 0.01, 0.1, 0.15, 0.2, 0.25, 0.3, 1.0]))
def test_every_image_stays_within_the_bound(images: Images, max_mse: float) -> None:
    decoded = aecodec.decompress(aecodec.compress(images, model="tiny", max_mse=max_mse))
    assert (squared_errors(images, decoded) <= max_mse * 784 * 255**2).all()


def test_each_image_has_the_cheapest_coder_that_meets_the_bound() -> None:
    images = pattern(40)
    errors = {
        level: squared_errors(images, aecodec.decompress(aecodec.compress(images, level, "tiny")))
        for level in ("k2", "k3")
    }
    bound = int(np.median(np.minimum(errors["k2"], errors["k3"])))
    expected = np.where(errors["k2"] <= bound, 0, np.where(errors["k3"] <= bound, 1, 2))
    assert set(expected) == {0, 1, 2}
    chunk, decoded = make_plan(model="tiny", bound=bound).encode(images)
    assert chunk.models == tuple(expected.tolist())
    assert np.array_equal(decoded[expected == 2], images[expected == 2])


@pytest.mark.parametrize("swapped", [False, True])
def test_of_equal_costs_the_least_error_wins(swapped: bool) -> None:
    images = pattern(12)
    pair = [load_codec(K2).coder, load_coder(region_search())]  # each takes 16 bits an image
    pair = pair[::-1] if swapped else pair
    errors = [squared_errors(images, coder.rebuild(coder.codes(images))) for coder in pair]
    assert (errors[swapped] < errors[not swapped]).all()
    choice = cheapest(2**40, pair, [StoredCoder({})], images)
    assert choice.coders.tolist() == [int(swapped)] * 12
    assert choice.used == [int(swapped)]


def test_what_a_bound_makes_is_read_by_the_reference_decoder() -> None:
    images = pattern(40)
    data = aecodec.compress(images, model="tiny", max_mse=0.2)
    by_id = {path.read_bytes()[5:13]: path.read_bytes() for path in (K2, K3)}
    pixels = b"".join(picture.pixels for picture in reference.decode(data, by_id))
    assert pixels == aecodec.decompress(data).tobytes()


def test_a_wide_bound_costs_nothing() -> None:
    images = pattern(3)
    assert aecodec.compress(images, model="tiny", max_mse=1) == aecodec.compress(
        images, "k2", "tiny"
    )


def test_a_bound_with_a_level_keeps_to_that_level() -> None:
    plan = make_plan("k3", "tiny", bound=10**9)
    assert [codec.name for codec in plan.codecs()] == ["tiny-k3", "residuals", "stored"]


@pytest.mark.parametrize(
    ("max_mse", "min_psnr", "bound"),
    [
        (None, None, None),
        (0, None, 0),
        (1, None, 784 * 255**2),
        (0.1, None, 5_097_960),
        (None, 10, 5_097_960),
        (1, 10, 5_097_960),
        (None, 0, 784 * 255**2),
        (1e-9, None, 0),
    ],
)
def test_a_bound_is_counted_in_whole_grey_levels(
    max_mse: float | None, min_psnr: float | None, bound: int | None
) -> None:
    assert squared_error_bound(max_mse, min_psnr) == bound


# -------------------------------------------------------------------------------------- finding


def test_a_codec_is_found_by_level_family_name_id_and_path() -> None:
    k3 = load_codec(K3)
    for level, model in (("k3", "tiny"), (None, "tiny-k3"), (None, k3.id.hex()), (None, str(K3))):
        assert find_codec(level, model).id == k3.id, (level, model)
    assert find_codec().name == "mnist-x392"


@pytest.mark.parametrize(
    ("level", "model", "message"),
    [
        (
            "none",
            None,
            f"mnist has no level 'none', only {', '.join(levels_of('mnist'))}.",
        ),
        ("k2", "auto", "There is no model 'auto'; installed: "),
        (None, "none", "There is no model 'none'; installed: "),
        ("q3", "none", "There is no model 'none'; installed: "),
        ("k4", "tiny", "tiny has no level 'k4', only k2, k3"),
        (None, "tiny", "Name a level of tiny: it has k2, k3"),
        ("q3", "mnist-x392", "mnist-x392 is one model, of one level: leave out the level 'q3'"),
        ("q3", str(K3), "tiny-k3 is one model, of one level: leave out the level 'q3'"),
    ],
)
def test_an_unknown_level_or_model_is_told(
    level: str | None, model: str | None, message: str
) -> None:
    with pytest.raises(aecodec.UnknownModelError) as error:
        find_codec(level, model)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(("level", "model"), [("K3", "tiny"), ("Q3", None), ("X392", "fashion")])
def test_the_case_of_a_level_does_not_matter(level: str, model: str | None) -> None:
    assert find_codec(level, model) is find_codec(level.lower(), model)
    if model is None:
        upper, lower = make_plan(level), make_plan(level.lower())
        assert upper.models == lower.models
        assert len(upper.models) > 1


def test_a_changed_model_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x-y.aem"
    shutil.copy(K2, path)
    first = load_codec(path)
    assert load_codec(path) is first
    shutil.copy(K3, path)
    assert load_codec(path).id == load_codec(K3).id


def test_the_id_of_stored_pixels_needs_no_model() -> None:
    assert STORED_ID is not None
    assert isinstance(codec_by_id(STORED_ID).coder, StoredCoder)


def test_an_extra_model_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECODEC_MODELS", "")
    data = aecodec.compress(pattern(2), model=str(K3))
    with pytest.raises(aecodec.UnknownModelError, match=load_codec(K3).id.hex()):
        aecodec.decompress(data)
    assert len(aecodec.decompress(data, model=str(K3))) == 2
    with pytest.raises(aecodec.UnknownModelError):
        codec_by_id(load_codec(K3).id, str(K2))


def test_a_kind_of_a_later_version_says_update() -> None:
    with pytest.raises(aecodec.UnsupportedFileError, match="update"):
        load_codec(VECTORS / "unsupported/kind-future.aem")


def test_what_a_model_says_of_itself() -> None:
    k2, k3 = load_codec(K2), load_codec(K3)
    assert (k2.name, k2.kind, k2.validation) == ("tiny-k2", "classic", None)
    assert k2.misclassified is None
    assert k3.validation == (1000, 2000, 3000, 4000)
    assert k3.misclassified == (0.2, 0.005)
    assert not k3.is_outlier(3000)
    assert k3.is_outlier(3001)
    assert not k2.is_outlier(10**9)


def test_all_errors_have_one_base() -> None:
    errors = [getattr(aecodec, name) for name in aecodec.__all__ if name.endswith("Error")]
    assert len(errors) == 15
    assert all(issubclass(error, aecodec.AecodecError) for error in errors)


def test_what_is_public_is_there_and_nothing_else_is_promised() -> None:
    assert all(hasattr(aecodec, name) for name in aecodec.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        aecodec.nonsense  # noqa: B018


class Counted(ClassicCoder):
    """A coder that counts the images it searches beyond least effort."""

    searched = 0

    def codes(self, images: Images, effort: int = DEFAULT_EFFORT) -> NDArray[Any]:
        self.searched += len(images) * (effort > 1)
        return super().codes(images, effort)


def test_a_bound_stops_at_the_cheapest_that_meets_it_for_each_image() -> None:
    images = pattern(40)
    k2, k3 = (Counted(read_model(path).arrays) for path in (K2, K3))
    errors = squared_errors(images, k2.rebuild(k2.codes(images)))
    bound = int(np.median(errors))
    k2.searched = 0
    choice = cheapest(bound, [k3, k2], [StoredCoder({})], images)  # the dearer one is first
    assert ((choice.coders == 1) == (errors <= bound)).all()
    assert k2.searched == 40
    assert 0 < k3.searched <= (errors > bound).sum()


# ------------------------------------------------------------- coders that code at any error


class Aimed(StoredCoder):
    """A coder that meets every bound with black images, and counts what it is asked for."""

    def __init__(self, aim: int, cost: int) -> None:
        super().__init__({})
        self._aim, self._cost = aim, cost
        self.asked: list[tuple[int, int]] = []

    @property
    def aim(self) -> int:
        return self._aim

    def codes_within(self, images: Images, _: int, effort: int = DEFAULT_EFFORT) -> Images:
        self.asked.append((len(images), effort))
        return np.zeros_like(images)

    def costs(self, codes: NDArray[Any]) -> NDArray[np.int64]:
        return np.full(len(codes), self._cost)


BLACK_WITHIN = 784 * 255**2


@pytest.mark.parametrize(("bound", "taken"), [(10**9, 0), (BLACK_WITHIN // 1000, 1)])
def test_of_coders_that_code_at_any_error_the_nearest_is_tried(bound: int, taken: int) -> None:
    images = pattern(12) // 64  # nearly black
    coders = Aimed(10**8, 100), Aimed(10**4, 100)
    choice = cheapest(bound, coders, [StoredCoder({})], images)
    assert choice.coders.tolist() == [taken] * 12
    assert [bool(coder.asked) for coder in coders] == [taken == 0, taken == 1]


def test_what_two_bytes_serve_is_not_drawn_anew() -> None:
    images = pattern(40)
    k2, aimed = load_codec(K2).coder, Aimed(1, 1)
    bound = int(np.median(squared_errors(images, k2.rebuild(k2.codes(images)))))
    cheapest(bound, [k2, aimed], [StoredCoder({})], images)
    assert aimed.asked == [(20, 1), (20, DEFAULT_EFFORT)]


def test_a_drawing_that_misses_the_bound_is_not_taken() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    assert cheapest(0, [Aimed(1, 1)], [StoredCoder({})], images).coders.tolist() == [1] * 5
