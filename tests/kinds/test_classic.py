from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from helpers import K2, K3, classic_arrays, pattern, random_layer
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.integer import dense_arrays
from aecodec.kinds import load_coder
from aecodec.kinds.classic.coder import MANY, ClassicCoder
from aecodec.model_file import Model, read_model

Arrays = dict[str, NDArray[Any]]
IMAGES = hnp.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28)))


def coder(path: Path) -> ClassicCoder:
    return ClassicCoder(read_model(path).arrays)


@pytest.mark.parametrize("path", [K2, K3], ids=["k2", "k3"])
def test_decoding_is_what_the_format_says(path: Path) -> None:
    model = reference.read_model(path.read_bytes())
    latents = coder(path).latents
    payload = bytes((i * i * 7 + i) % 256 for i in range(40 * latents))
    decoded = coder(path).decode(payload, 40)
    assert decoded.tobytes() == b"".join(reference.decode_payload(model, payload, 40))


@pytest.mark.parametrize("path", [K2, K3], ids=["k2", "k3"])
def test_images_that_were_drawn_before_are_the_same_images(path: Path) -> None:
    """Codes of a large batch repeat, within it and later on; latents come as other integers."""
    codec, rng = coder(path), np.random.default_rng(1)
    for count, lowest in ((MANY, 0), (700, 200), (MANY, 250), (MANY - 1, 250), (3000, 0)):
        codes = rng.integers(lowest, 256, (count, codec.latents)).astype(np.uint8)
        alone = np.concatenate([codec.rebuild(row[None]) for row in codes[:20]])
        drawn = codec.rebuild(codes)
        assert np.array_equal(drawn[:20], alone)
        assert np.array_equal(drawn, codec._decoder(codes))
        assert np.array_equal(drawn, codec.draw(codes.astype(np.int16)))
        drawn[:] = 7  # what is returned is the caller's


@pytest.mark.parametrize("path", [K2, K3], ids=["k2", "k3"])
def test_encoding_is_what_the_format_says(path: Path) -> None:
    model = reference.read_model(path.read_bytes())
    images = np.concatenate([pattern(20), np.zeros((1, 28, 28), np.uint8), 255 - pattern(9, 3)])
    expected = [reference.encode_classic(model, image.tobytes()) for image in images]
    assert coder(path).encode(images) == b"".join(expected)
    assert len(set(expected)) > 5


@given(IMAGES)
def test_a_payload_is_k_bytes_an_image_and_decodes_alone(images: NDArray[np.uint8]) -> None:
    for path in (K2, K3):
        codec = coder(path)
        payload = codec.encode(images)
        assert len(payload) == codec.latents * len(images)
        decoded = codec.decode(payload, len(images))
        assert decoded.shape == images.shape
        assert decoded.dtype == np.uint8
        for number, image in enumerate(images):
            alone = codec.encode(image[None])
            assert alone == payload[number * codec.latents : (number + 1) * codec.latents]
            assert np.array_equal(codec.decode(alone, 1)[0], decoded[number])


@pytest.mark.parametrize("length", [0, 1, 3, 4, 400])
def test_a_payload_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CorruptFileError, match=f"{length} bytes cannot hold 1 image"):
        coder(K2).decode(bytes(length), 1)


def test_it_is_lossy_and_says_what_it_computes_in() -> None:
    assert not coder(K2).lossless
    assert coder(K2).arithmetic == "float32"
    assert coder(K3).arithmetic == "float64"


def test_a_model_without_encoder_decodes_but_does_not_encode() -> None:
    arrays = {k: v for k, v in read_model(K2).arrays.items() if not k.startswith("encoder.")}
    codec = ClassicCoder(arrays)
    assert codec.decode(b"\x10\x20", 1).shape == (1, 28, 28)
    with pytest.raises(InvalidModelError, match="encoder"):
        codec.encode(pattern(1))


@pytest.mark.parametrize("latents", [1, 16, 784])
def test_it_takes_1_to_784_latents(latents: int) -> None:
    codec = ClassicCoder(classic_arrays(latents, 8))
    images = pattern(3)
    assert codec.decode(codec.encode(images), 3).shape == (3, 28, 28)


def sound() -> Arrays:
    return classic_arrays(2, 4)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("decoder.greys", None),
        ("decoder.greys", np.arange(255, dtype=np.uint8)),
        ("decoder.greys", np.zeros(257, np.uint8)),
        ("decoder.greys", np.zeros((256, 1), np.uint8)),
        ("decoder.greys", np.zeros(256, np.int8)),
        ("decoder.greys", np.zeros(256, np.uint16)),
        ("decoder.clips", None),
        ("decoder.clips", np.array([[0, 255], [1, 255]], np.int32)),
        ("decoder.clips", np.array([[0, 255], [-1, 255]], np.int32)),
        ("decoder.clips", np.array([[0, 255], [0, 254]], np.int32)),
        ("decoder.1.weights", np.zeros((4, 783), np.int8)),
        ("decoder.0.weights", np.zeros((785, 4), np.int8)),
    ],
)
def test_a_decoder_that_does_not_fit_is_refused(name: str, array: NDArray[Any] | None) -> None:
    arrays = sound()
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    with pytest.raises(InvalidModelError):
        load_coder(Model("classic", arrays))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("encoder.clips", np.array([[0, 255], [0, 254]], np.int32)),
        ("encoder.clips", np.array([[0, 255], [-1, 255]], np.int32)),
        ("encoder.0.weights", np.zeros((783, 4), np.int8)),
        ("encoder.1.weights", np.zeros((4, 3), np.int8)),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused(name: str, array: NDArray[Any]) -> None:
    codec = ClassicCoder(sound() | {name: array})
    with pytest.raises(InvalidModelError):
        codec.encode(pattern(1))


def test_greys_are_looked_up_exactly() -> None:
    arrays = sound()
    direct = ClassicCoder(arrays).decode(bytes(range(100)), 50)
    arrays["decoder.greys"] = arrays["decoder.greys"][::-1].copy()
    assert np.array_equal(ClassicCoder(arrays).decode(bytes(range(100)), 50), 255 - direct)


# ------------------------------------------------------------------------------ the search of codes

DIMENSIONS = 3


@pytest.fixture(scope="module")
def searching() -> Arrays:
    """A model of two latents with tables for the search: D = 3."""
    rng = np.random.default_rng(0)
    table = rng.integers(-127, 127, (256, 256, DIMENSIONS), endpoint=True).astype(np.int8)
    norms = (table.astype(np.int32) ** 2).sum(2) // 2
    project = [random_layer(rng, 784, DIMENSIONS, (-127, 127), shift=(9, 11))]
    return dict(read_model(K2).arrays) | {
        **dense_arrays("encoder.project", project),
        "encoder.table": table,
        "encoder.norms": norms.astype(np.int32),
    }


def search(arrays: Arrays, images: NDArray[np.uint8]) -> list[list[int]]:
    """docs/FORMAT.md, in int64 and one image at a time."""
    table = arrays["encoder.table"].astype(np.int64)
    norms = arrays["encoder.norms"].astype(np.int64)
    layer = reference.Layer(
        arrays["encoder.project.0.weights"].tolist(),
        arrays["encoder.project.0.bias"].tolist(),
        arrays["encoder.project.0.shift"].tolist(),
        *arrays["encoder.project.clips"][0].tolist(),
    )
    found = []
    for image in images.reshape(len(images), -1).astype(int) - 128:
        scores = table @ np.array(reference.run_layer(layer, image.tolist())) - norms
        coarse = [(-scores[a, b], a, b) for a in range(2, 256, 4) for b in range(2, 256, 4)]
        _, a, b = min(coarse)
        near = [(-scores[i, j], i, j) for i in range(a - 2, a + 2) for j in range(b - 2, b + 2)]
        found.append([int(n) for n in min(near)[1:]])
    return found


def test_the_search_takes_the_code_that_the_format_names(searching: Arrays) -> None:
    images = np.concatenate([pattern(6), np.zeros((1, 28, 28), np.uint8), 255 - pattern(3, 5)])
    assert ClassicCoder(searching).codes(images).tolist() == search(searching, images)


def test_of_equal_codes_the_lowest_is_taken(searching: Arrays) -> None:
    flat = searching | {
        "encoder.table": np.zeros((256, 256, DIMENSIONS), np.int8),
        "encoder.norms": np.zeros((256, 256), np.int32),
    }
    assert ClassicCoder(flat).codes(pattern(2)).tolist() == [[0, 0], [0, 0]]


def test_the_batch_does_not_matter_to_the_search(searching: Arrays) -> None:
    codec = ClassicCoder(searching)
    images = pattern(300)
    alone = np.concatenate([codec.codes(image[None]) for image in images])
    assert np.array_equal(codec.codes(images), alone)
    assert codec.codes(images[:0]).shape == (0, 2)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("encoder.table", np.zeros((256, 256, 2), np.int8)),
        ("encoder.table", np.zeros((255, 256, 3), np.int8)),
        ("encoder.table", np.zeros((256, 256, 3), np.int16)),
        ("encoder.norms", np.zeros((256, 255), np.int32)),
        ("encoder.norms", np.full((256, 256), 2**24, np.int32)),
    ],
)
def test_tables_that_do_not_fit_or_could_overflow_are_refused(
    searching: Arrays, name: str, array: NDArray[Any]
) -> None:
    with pytest.raises(InvalidModelError):
        ClassicCoder(searching | {name: array}).codes(pattern(1))


def test_tables_for_the_search_keep_the_id(searching: Arrays) -> None:
    assert Model("classic", searching).id == read_model(K2).id
