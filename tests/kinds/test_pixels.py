"""The pixels kind: any image comes back, nothing else passes, and bytes are the same for ever."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
import reference
from helpers import Images, pattern
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds.damage import ARRAY_FAULTS, damaged, with_fault
from loops import WAYS, running
from numpy.typing import NDArray
from tiny import pixels_model
from vectors.model_bytes import model_file
from vectors.pixels_models import bad_models, p8

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.integer import entropy
from aecodec.kinds import COST_UNIT, Coder, load_coder
from aecodec.kinds.pixels import PixelsCoder, survey
from aecodec.kinds.pixels.networks import PixelNetworks
from aecodec.kinds.pixels.value_network import Contexts
from aecodec.library import find_codec
from aecodec.model_file import Model

MODEL = pixels_model()
CODER = PixelsCoder(MODEL.arrays)
REFERENCE = reference.read_model(model_file("pixels", p8()))

pytestmark = pytest.mark.usefixtures("way_of_loops")


def drawn(count: int) -> Images:
    """Discs on black, as smooth as they are large."""
    n, y, x = np.mgrid[0:count, 0:28, 0:28].astype(np.int64)
    away = (x - 10 - n % 7) ** 2 + (y - 14) ** 2
    return np.asarray(np.clip((60 + n % 50 - away) * 6, 0, 255), np.uint8)


def noise(count: int, levels: int = 256) -> Images:
    rng = np.random.default_rng(levels)
    step = 255 // (levels - 1)
    return (rng.integers(0, levels, (count, 28, 28)) * step).astype(np.uint8)


IMAGES = {
    "black": np.zeros((3, 28, 28), np.uint8),
    "white": np.full((3, 28, 28), 255, np.uint8),
    "noise": noise(3),
    "binary": noise(3, 2),
    "pattern": pattern(3),
    "drawn": drawn(3),
}


SOUND = {count: CODER.encode((drawn(count) > 99).astype(np.uint8)) for count in (1, 33)}


@pytest.mark.parametrize("name", IMAGES)
def test_any_image_comes_back_here_and_in_the_reference(name: str) -> None:
    images = IMAGES[name]
    payload = CODER.encode(images)
    assert np.array_equal(CODER.decode(payload, len(images)), images)
    again = reference.decode_payload(REFERENCE, payload, len(images))
    assert b"".join(again) == images.tobytes()


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 40, 200])
def test_any_number_of_images_comes_back(count: int) -> None:
    images = drawn(count)
    payload = CODER.encode(images)
    found = CODER.decode(payload, count)
    assert found.dtype == np.uint8
    assert np.array_equal(found, images)


def test_the_reference_reads_lanes_too() -> None:
    images = drawn(33)
    again = reference.decode_payload(REFERENCE, CODER.encode(images), 33)
    assert b"".join(again) == images.tobytes()


def test_bytes_are_the_same_for_ever() -> None:
    digest = hashlib.sha256()
    for images in (drawn(1), drawn(40), noise(2), pattern(2)):
        digest.update(CODER.encode(images))
    assert digest.hexdigest() == "be7049307a7d6ea663729e5609b4d51bb2e4f1edf963d3c47fd399a002eb68d7"


@pytest.mark.parametrize("name", IMAGES)
def test_costs_are_what_an_image_takes(name: str) -> None:
    costs = CODER.costs(IMAGES[name])
    assert costs.shape == (3,)
    assert costs.dtype == np.int64
    for image, cost in zip(IMAGES[name], costs.tolist(), strict=True):
        size = len(CODER.encode(image[None]))
        # the end may hold zero bytes, which are left out
        assert size <= cost / COST_UNIT / 8 + 1.01
        if name in ("noise", "pattern", "drawn"):
            assert size >= cost / COST_UNIT / 8 - 2


def test_costs_and_pixels_do_not_depend_on_the_batch() -> None:
    images = np.concatenate([drawn(9), pattern(2)])
    together = CODER.costs(images)
    for part in (slice(0, 1), slice(1, 10), slice(10, 11)):
        assert np.array_equal(CODER.costs(images[part]), together[part])
    assert len(np.unique(together)) == len(images)


@pytest.mark.parametrize(
    "chosen", [[0, 1, 2, 3, 4], [0, 2, 4], [4, 2], [3, 3], [1], [0, 1, 2, 3, 4, 5]]
)
def test_what_was_priced_before_changes_no_byte(chosen: list[int]) -> None:
    images = np.concatenate([drawn(2), pattern(2), drawn(1), noise(1)])  # the fifth is the first
    coder = PixelsCoder(MODEL.arrays)
    costs = coder.costs(images[:5])
    assert coder.encode(images[chosen]) == PixelsCoder(MODEL.arrays).encode(images[chosen])
    assert coder.costs(images[chosen]).tolist() == CODER.costs(images[chosen]).tolist()
    assert np.array_equal(coder.costs(images[:5]), costs)


def test_a_price_serves_one_packing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that images that are coded over and over, to time it, are coded each time."""
    asked = []

    def counted(networks: PixelNetworks, images: Images) -> Iterator[survey.Symbols]:
        asked.append(len(images))
        return survey_of(networks, images)

    survey_of = survey.survey
    monkeypatch.setattr(survey, "survey", counted)
    images, coder = drawn(3), PixelsCoder(MODEL.arrays)
    coder.costs(images)
    first = coder.pack(images)
    assert asked == [3]
    assert coder.pack(images) == first
    assert asked == [3, 3]


@given(st.data())
@settings(max_examples=6)
def test_a_damaged_payload_is_refused_or_is_that_of_other_images(data: st.DataObject) -> None:
    count = data.draw(st.sampled_from([1, 33]))
    payload = damaged(SOUND[count], data)
    try:
        found = CODER.decode(payload, count)
    except CorruptFileError:
        return
    assert CODER.encode(found) == payload


@pytest.mark.parametrize(
    ("payload", "count"),
    [
        (b"\x01", 0),
        (b"\x00", 1),
        (bytes(4000), 1),
        (b"", 32),
        (bytes(33), 32),
        (b"\x01" + bytes(2) + b"\x01", 32),
        (b"\x03\x00\xff\xff\x00\x00\x00" + b"\x01" * 0xFFFF, 32),
    ],
)
def test_what_no_images_give_is_refused(payload: bytes, count: int) -> None:
    with pytest.raises(CorruptFileError):
        CODER.decode(payload, count)


@pytest.mark.parametrize("name", [name for name, _, _ in bad_models()])
def test_an_unsound_model_is_refused(name: str) -> None:
    arrays = next(arrays for other, arrays, _ in bad_models() if other == name)
    data = model_file("pixels", arrays)
    with pytest.raises(InvalidModelError):
        load_coder(Model.from_bytes(data))
    with pytest.raises(reference.DamagedError):
        reference.check_model(reference.read_model(data))


@pytest.mark.parametrize("name", sorted(MODEL.arrays))
@pytest.mark.parametrize("fault", ARRAY_FAULTS)
def test_a_model_with_a_wrong_array_is_refused(name: str, fault: str) -> None:
    with pytest.raises(InvalidModelError):
        PixelsCoder(with_fault(MODEL.arrays, name, fault))


@pytest.mark.parametrize("part", ["value._first", "value._last", "kernels", "all"])
def test_a_layer_that_fell_back_to_int64_changes_no_byte(part: str) -> None:
    images = pattern(1)
    coder = PixelsCoder(MODEL.arrays)
    networks = coder._networks
    value, flat = networks.value, networks.flat
    parts = {
        "value._first": [value._first],
        "value._last": [value._last],
        "kernels": [value._kernels],
        "all": [
            *(value._first, value._second, value._last, value._kernels),
            *(flat._first, flat._second, flat._last),
        ],
    }[part]
    for network in parts:
        for runner in network._runners:
            runner.fall_back()
    assert coder.arithmetic == "int64"
    payload = coder.encode(images)
    assert payload == CODER.encode(images)
    assert np.array_equal(coder.decode(payload, 1), images)


def test_it_is_lossless_and_says_what_it_computes_in() -> None:
    assert CODER.lossless
    assert CODER.latent_range is None
    assert CODER.arithmetic == "float64"
    CODER.check_encoder()


def shipped(name: str) -> PixelsCoder:
    coder = find_codec(None, name).coder
    assert isinstance(coder, PixelsCoder)
    return coder


@pytest.mark.parametrize("name", ["any-lossless", "fashion-lossless"])
def test_few_images_are_decoded_alike_by_the_compiled_walk(name: str) -> None:
    coder = shipped(name)
    assert coder._networks.knowledge() is not None
    images = np.concatenate(list(IMAGES.values()))
    for count in (1, 2, len(images)):
        payload = coder.encode(images[-count:])
        found = [verdict(coder, payload, count, way) for way in ("plain", "compiled")]
        assert found == [images[-count:].tolist()] * 2


@pytest.mark.parametrize("name", ["any-lossless", "fashion-lossless"])
def test_all_ways_give_images_the_same_bytes(name: str) -> None:
    coder, images = shipped(name), np.concatenate(list(IMAGES.values()))
    payloads = []
    for way in WAYS[:2]:
        with running(way):
            payloads.append(coder.encode(images))
            assert coder.costs(images[:3]).tolist() == coder.costs(images)[:3].tolist()
    assert payloads[0] == payloads[1]


def test_damaged_payloads_are_judged_alike_by_the_compiled_walk() -> None:
    coder, rng = find_codec(None, "any-lossless").coder, np.random.default_rng(3)
    images = IMAGES["drawn"][:2]
    sound = coder.encode(images)
    verdicts = set()
    for number in range(30):
        damaged = bytearray(sound)
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        if number % 3 == 0:
            del damaged[-1 - rng.integers(8) :]
        plain, compiled = (verdict(coder, bytes(damaged), 2, way) for way in WAYS[:2])
        assert plain == compiled
        verdicts.add(plain if isinstance(plain, str) else "images")
    assert len(verdicts) > 1


def verdict(coder: Coder, payload: bytes, count: int, way: str) -> object:
    with running(way):
        try:
            return coder.unpack(payload, count).tolist()
        except CorruptFileError as error:
            return str(error)


def with_opposites(shown: NDArray[np.int8]) -> NDArray[np.int8]:
    return np.pad(np.stack([shown, shown[:, ::-1]], 1), ((0, 0), (0, 0), (1, 1)))


@pytest.mark.parametrize("most", [1, 5461, 5462, 8191])
def test_gates_add_up_whatever_their_size(most: int) -> None:
    rng = np.random.default_rng(most)
    shown = rng.integers(0, 2, (9, 256)).astype(np.int8)
    shown[0] = 1
    gates = rng.integers(-most, most + 1, (9, 4))
    gates[0], gates[1] = most, -most
    logits = np.zeros((9, 256), np.float32)
    CODER._networks.value._add_palette(logits, gates.astype(np.float32), with_opposites(shown))
    level = np.arange(256)
    seen = np.pad(shown.astype(np.int64), ((0, 0), (1, 1)))
    beside = seen[:, level] + seen[:, level + 2]
    one, two, three, four = (gate[:, None] for gate in gates.T)
    opposite = three * shown[:, ::-1] + four * beside[:, ::-1]
    assert logits.tolist() == (one * shown + two * beside + opposite).tolist()


def with_equals() -> PixelNetworks:
    """Networks whose highest odds several logits share."""
    odds = CODER._arrays["value.odds"].copy()
    odds[:40] = odds[0]
    return PixelNetworks({**CODER._arrays, "value.odds": odds})


@settings(max_examples=25)
@given(
    st.integers(1, 20),
    st.integers(0, 10**6),
    st.sampled_from([2, 9, 256]),
    st.sampled_from(["wide", "equals", "any-lossless", "fashion-lossless"]),
)
def test_all_ways_give_the_same_frequencies(count: int, seed: int, levels: int, name: str) -> None:
    own = {"wide": CODER._networks, "equals": with_equals()}
    networks, rng = own.get(name) or shipped(name)._networks, np.random.default_rng(seed)
    value = networks.value
    near = rng.integers(0, levels, (len(networks.window.offsets), count)).astype(np.uint8)
    shown = rng.integers(0, 2, (count, 256)).astype(np.int8)
    palette = shown.astype(np.float32) @ value.palette(np.arange(256, dtype=np.uint8))
    known = Contexts(near, rng.integers(0, 784, count), palette, with_opposites(shown))
    symbols = rng.integers(0, 256, count)
    found = []
    for way in WAYS:
        with running(way):
            found.append((value.frequencies(known), *value.intervals(known, symbols)))
    frequencies, starts, chosen = found[0]
    assert frequencies.dtype == np.int32
    assert frequencies.min() >= 1
    assert frequencies.sum(1).tolist() == [entropy.TOTAL] * count
    assert chosen.tolist() == frequencies[np.arange(count), symbols].tolist()
    assert starts.tolist() == [
        int(row[:symbol].sum()) for row, symbol in zip(frequencies, symbols, strict=True)
    ]
    for ours in found[1:]:
        assert [part.tolist() for part in ours] == [part.tolist() for part in found[0]]
