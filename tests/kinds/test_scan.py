"""The scan kind: originals and pixels come back, as in the reference, and nothing else passes."""

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
import reference
from helpers import Images
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds.damage import ARRAY_FAULTS, damaged, with_fault
from loops import WAYS, running
from tiny import scan_model
from vectors import scan_models, scan_payloads
from vectors.model_bytes import model_file

from aecodec.errors import CorruptFileError, InvalidModelError
from aecodec.kinds import COST_UNIT, load_coder
from aecodec.kinds.coder import Coder
from aecodec.kinds.pixels import PixelsCoder
from aecodec.kinds.scan import Resampling, ScanCoder, largest_side
from aecodec.kinds.scan.originals import Bits, Codes, to_codes
from aecodec.model_file import Model

CODER = ScanCoder(scan_model().arrays)
REFERENCE = reference.read_model(model_file("scan", scan_models.s8()))
TWO = Model.from_bytes(model_file("scan", scan_models.s10()))  # orders
TWO_REFERENCE = reference.read_model(model_file("scan", scan_models.s10()))
SORTED = Model.from_bytes(model_file("scan", scan_models.s11()))  # payloads of three sorts
SORTED_REFERENCE = reference.read_model(model_file("scan", scan_models.s11()))
BOX = 8
Content = Bits | None

pytestmark = pytest.mark.usefixtures("way_of_loops")


@cache
def resampling(box: int, shrink: int, rounding: int) -> tuple[Resampling, reference.Scan]:
    scan = REFERENCE.scan()
    return Resampling(box, shrink, rounding, largest_side(box)), scan._replace(
        box=box, shrink=shrink, rounding=rounding
    )


def draw_bits(seed: int, side: int, share: float = 0.5) -> Bits:
    """Noise on a disc: its box lies in the image."""
    rng = np.random.default_rng([seed, side])
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    bits = (x * x + y * y < side * side / 5) & (rng.random((side, side)) < share)
    bits[side // 2, side // 2] = True
    return np.asarray(bits, np.uint8)


def draw_image(seed: int) -> Images:
    """An image of some large squares of grey."""
    rng = np.random.default_rng(seed)
    greys = rng.integers(0, 4, (2, 2)) * 60
    return np.asarray(np.kron(greys, np.ones((14, 14))), np.uint8)


def coded(contents: list[Bits | Images]) -> Codes:
    """The codes of originals, or of images where the side is 28 and there are greys."""
    images = np.zeros((len(contents), 28, 28), np.uint8)
    found: list[Content] = []
    for image, content in zip(images, contents, strict=True):
        is_original = len(content) != 28 or content.max() == 1
        image[:] = 0 if is_original else content
        found.append(content if is_original else None)
    return to_codes(images, found, CODER.resampling)


SEEDS = st.integers(0, 2**32 - 1)
ORIGINALS = st.builds(
    draw_bits, SEEDS, st.integers(BOX, 4 * BOX), st.sampled_from([0.05, 0.5, 0.9, 1])
)
CONTENTS = st.lists(ORIGINALS | st.builds(draw_image, SEEDS), min_size=1, max_size=5)
SOUND = CODER.pack(coded([draw_bits(1, 9), draw_image(1), draw_bits(2, 14)]))


def images_of(payload: bytes, count: int) -> Images:
    drawn = reference.decode_payload(REFERENCE, payload, count)
    return np.frombuffer(b"".join(drawn), np.uint8).reshape(-1, 28, 28)


@settings(max_examples=12, deadline=None)
@given(CONTENTS)
def test_any_codes_come_back_and_the_reference_draws_the_same(
    contents: list[Bits | Images],
) -> None:
    codes = coded(contents)
    payload = CODER.pack(codes)
    again = CODER.unpack(payload, len(codes))
    assert again.dtype == np.uint8
    assert np.array_equal(again, codes)
    assert np.array_equal(images_of(payload, len(codes)), CODER.rebuild(codes))


def packed_alike(coder: ScanCoder, codes: Codes) -> bytes:
    """The payload of codes, which is the same in all ways to run, as what they cost is."""
    found = []
    for way in WAYS:
        with running(way):
            payload = coder.pack(codes)
            assert np.array_equal(coder.unpack(payload, len(codes)), codes)
            found.append((payload, coder.costs(codes).tolist()))
    assert found == [found[0]] * len(WAYS)
    return found[0][0]


@settings(max_examples=4, deadline=None)
@given(st.lists(st.builds(draw_bits, SEEDS, st.integers(BOX, BOX + 4)), min_size=1, max_size=3))
def test_all_ways_price_and_decode_bits_alike(originals: list[Bits]) -> None:
    packed_alike(CODER, coded(list(originals)))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.builds(draw_bits, SEEDS, st.integers(10, 40)), min_size=1, max_size=3))
def test_each_original_takes_the_cheaper_order_and_comes_back(originals: list[Bits]) -> None:
    coder, scan = ScanCoder(TWO.arrays), TWO_REFERENCE.scan()
    codes = to_codes(np.zeros((len(originals), 28, 28), np.uint8), originals, coder.resampling)
    payload = packed_alike(coder, codes)
    drawn = reference.decode_payload(TWO_REFERENCE, payload, len(codes))
    assert b"".join(drawn) == coder.rebuild(codes).tobytes()
    for code, bits in zip(codes, originals, strict=True):
        ways = [
            reference.Original(len(bits), bits.reshape(-1)[::step].tolist(), order)
            for order, step in enumerate((1, -1))
        ]
        encoders = [scan_payloads.streams(scan, [original])[0] for original in ways]
        spent = {one.end(): 8 * one.bytes - math.log2(one.scope) for one in encoders}  # in bits
        assert spent[coder.pack(code[None])] <= min(spent.values()) + 0.01


def sorted_codes(originals: list[Content]) -> Codes:
    """Codes of originals, and of grey squares where there is none."""
    images = np.stack([draw_image(number) for number in range(len(originals))])
    return to_codes(images, originals, ScanCoder(SORTED.arrays).resampling)


@pytest.mark.parametrize("sides", [(0,), (9,), (0, 12), (14, 10, 0), (9, 9, 11, 9, 10)])
def test_a_payload_is_of_the_sort_that_takes_least(sides: tuple[int, ...]) -> None:
    originals = [draw_bits(side, side) if side else None for side in sides]
    coder, scan = ScanCoder(SORTED.arrays), SORTED_REFERENCE.scan()
    codes = sorted_codes(originals)
    payload = packed_alike(coder, codes)
    drawn = reference.decode_payload(SORTED_REFERENCE, payload, len(codes))
    assert b"".join(drawn) == coder.rebuild(codes).tobytes()
    contents = [
        draw_image(number).tobytes() if bits is None else ordered(coder, bits)
        for number, bits in enumerate(originals)
    ]
    sorts = (1, 2) if codes[:, 0].any() else (0, 1, 2)
    encoders = [scan_payloads.streams(scan, contents, sort)[0] for sort in sorts]
    spent = {one.end(): 8 * one.bytes - math.log2(one.scope) for one in encoders}  # in bits
    assert spent[payload] <= min(spent.values()) + 0.01


def ordered(coder: ScanCoder, bits: Bits) -> reference.Original:
    """An original in the order in which it takes less."""
    (best,) = coder._ordered([bits])
    return reference.Original(len(bits), best.bits.reshape(-1).tolist(), best.order)


@pytest.mark.parametrize("count", [1, 5])
def test_images_without_an_original_take_a_bit_more_than_their_pixels(count: int) -> None:
    coder = ScanCoder(SORTED.arrays)
    codes = sorted_codes([None] * count)
    pixels = PixelsCoder(SORTED.arrays).costs(coder.rebuild(codes))
    assert np.array_equal(coder.costs(codes), pixels)
    scan = SORTED_REFERENCE.scan()
    lanes = scan_payloads.streams(scan, [image.tobytes() for image in coder.rebuild(codes)], 0)
    spent = sum(8 * lane.bytes - math.log2(lane.scope) for lane in lanes)
    assert 1.2 < spent - pixels.sum() / COST_UNIT < 1.6  # the odds of their sort are 3 in 8
    assert coder.pack(codes) == scan_payloads.joined(lanes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bits.edge.0.weights", 2**14),
        ("bits.flat.1.weights", 2**14),
        ("bits.edge.2.weights", 2**15 - 1),
    ],
)
def test_networks_of_sums_too_large_for_the_loop_run_plainly(name: str, value: int) -> None:
    arrays = dict(scan_model().arrays)
    arrays[name] = np.full(arrays[name].shape, value, np.int16)
    clips = name.replace(".1.weights", ".clips").replace(".2.weights", ".clips")
    if clips.endswith("clips"):
        arrays[clips] = arrays[clips] * np.array([[100], [100], [1]], np.int32)
    coder = ScanCoder(arrays)
    assert coder._networks.loop_arrays is None
    codes = coded([draw_bits(1, 9), draw_bits(2, 14)])
    assert np.array_equal(coder.unpack(coder.pack(codes), 2), codes)


@pytest.mark.parametrize("count", [0, 1, 127, 128, 200])
def test_any_number_of_images_comes_back(count: int) -> None:
    contents: list[Bits | Images] = [draw_bits(n, 8 + n % 3) for n in range(count)]
    contents[5:6] = [draw_image(5)] * len(contents[5:6])
    codes = coded(contents)
    assert np.array_equal(CODER.unpack(CODER.pack(codes), count), codes)


def test_sixteen_lanes_come_back() -> None:
    codes = np.repeat(coded([draw_bits(1, 8), draw_bits(2, 8)]), 520, 0)
    payload = CODER.pack(codes)
    assert payload[0] == 2  # bytes of a length
    assert np.array_equal(CODER.unpack(payload, len(codes)), codes)


@settings(max_examples=10, deadline=None)
@given(CONTENTS, st.randoms(use_true_random=False))
def test_order_and_batch_change_no_pixel_and_no_cost(
    contents: list[Bits | Images], random: Any
) -> None:
    codes = coded(contents)
    pixels, costs = CODER.rebuild(codes), CODER.costs(codes)
    order = list(range(len(codes)))
    random.shuffle(order)
    assert np.array_equal(CODER.decode(CODER.pack(codes[order]), len(codes)), pixels[order])
    assert np.array_equal(CODER.costs(codes[order]), costs[order])
    for code, image, cost in zip(codes, pixels, costs, strict=True):
        assert np.array_equal(CODER.decode(CODER.pack(code[None]), 1)[0], image)
        assert CODER.costs(code[None]).tolist() == [cost]


@settings(max_examples=12, deadline=None)
@given(CONTENTS)
def test_costs_are_what_images_take(contents: list[Bits | Images]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    codes = coded([*contents, noise])  # with noise at its end, a payload has no zeros to leave out
    costs = CODER.costs(codes)
    assert costs.shape == (len(codes),)
    assert costs.dtype == np.int64
    size, cost = len(CODER.pack(codes)), costs.sum() / COST_UNIT / 8
    assert cost - 2 <= size <= cost + 1.1


def test_vectors_are_packed_as_by_the_reference() -> None:
    for name, count, payload, _ in scan_payloads.good_s8(REFERENCE.scan()):
        assert CODER.pack(CODER.unpack(payload, count)) == payload, name
    coder = ScanCoder(SORTED.arrays)
    for name, count, payload, _ in scan_payloads.good_sorts(SORTED_REFERENCE.scan()):
        if name in ("none", "lanes"):  # the others have originals in the dearer order
            assert coder.pack(coder.unpack(payload, count)) == payload, name


def test_an_original_is_found_again_or_its_pixels_are_kept() -> None:
    images = np.stack([*CODER.rebuild(coded([draw_bits(1, 9)])), draw_image(2)])
    codes = CODER.codes(images, 1)
    assert np.array_equal(CODER.rebuild(codes), images)
    assert codes[1, 0] == 0


@pytest.mark.parametrize("count", [0, 3, 130])
def test_originals_are_counted_without_their_bits(count: int) -> None:
    contents: list[Bits | Images] = [draw_bits(1, 9), draw_image(1), draw_bits(2, 14)]
    payload = CODER.pack(coded((contents * 44)[:count]))
    known = count - len(range(1, count, 3))
    assert CODER.count_originals(payload, count) == known
    coder, codes = ScanCoder(SORTED.arrays), sorted_codes([None, draw_bits(1, 9)] * (count + 1))
    for part in (codes[:count], codes[: 2 * count : 2]):
        found = coder.count_originals(coder.pack(part), len(part))
        assert found == np.count_nonzero(part[:, 0])
    assert Coder.count_originals(CODER, payload, count) == known


def test_sources_add_up_to_the_costs() -> None:
    codes = coded([draw_bits(1, 9), draw_image(1), draw_bits(2, 14, 1), draw_bits(3, 30, 0.05)])
    spent = CODER.sources(codes)
    assert min(spent.values()) > 0
    assert abs(sum(spent.values()) - CODER.costs(codes).sum() / COST_UNIT) < 0.1


def test_the_cheapest_original_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    originals = [draw_bits(seed, 9, 0.7) for seed in (1, 2, 0, 3)]
    costs = CODER.costs(coded(list(originals)))
    assert costs.argmin() != 0, "draw others"
    image = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    monkeypatch.setattr(CODER, "_find", lambda *_: [[], originals, []])
    codes = CODER.codes(np.stack([image, image, image]))
    assert codes[:, 0].tolist() == [0, 9, 0]
    assert np.array_equal(codes[1:2], coded([originals[costs.argmin()]]))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_damaged_payload_is_refused_or_is_that_of_other_images(data: st.DataObject) -> None:
    payload = damaged(SOUND, data)
    try:
        found = CODER.unpack(payload, 3)
    except CorruptFileError:
        return
    assert CODER.pack(found) == payload


@pytest.mark.parametrize(
    ("payload", "count"),
    [
        (b"\x01", 0),
        (b"\x00", 1),
        (bytes(3149), 1),
        (b"", 128),
        (bytes(129), 128),
        (b"\x05" + bytes(10), 128),
        (b"\x01" + bytes(2) + b"\x01", 128),
        (b"\x03\x05\x00\x00\x00\x00\x00" + b"\x01" * 5 * 2**16, 128),
    ],
)
def test_what_no_images_give_is_refused(payload: bytes, count: int) -> None:
    with pytest.raises(CorruptFileError):
        CODER.unpack(payload, count)


@pytest.mark.parametrize("side", [8, 20, 32])
def test_an_empty_original_is_refused(side: int) -> None:
    codes = coded([np.zeros((side, side), np.uint8)])
    with pytest.raises(CorruptFileError, match="empty"):
        CODER.unpack(CODER.pack(codes), 1)


def test_an_original_that_leaves_its_image_is_refused() -> None:
    coder = ScanCoder(Model.from_bytes(model_file("scan", scan_models.s20())).arrays)
    bits = np.zeros((30, 30), np.uint8)
    bits[0, 29] = 1
    payload = coder.pack(to_codes(np.zeros((1, 28, 28), np.uint8), [bits], coder.resampling))
    with pytest.raises(CorruptFileError, match="lie in its image"):
        coder.unpack(payload, 1)


@pytest.mark.parametrize("box", [8, 20, 28])
@pytest.mark.parametrize("shrink", [500, 990, 1000])
@pytest.mark.parametrize("rounding", [0, 1, 2])
def test_originals_of_every_side_are_reduced_as_in_the_reference(
    box: int, shrink: int, rounding: int
) -> None:
    mine, scan = resampling(box, shrink, rounding)
    for side in mine.sizes:
        axis = mine.axis(side)
        shares = np.zeros((box, side), np.float32)
        for row, at, weights in zip(shares, axis.source, axis.weights, strict=True):
            np.add.at(row, at, weights)
        for source in range(side):
            found = dict(reference.shares(scan, side, source))
            assert {r: v for r, v in enumerate(shares[:, source].tolist()) if v} == found
    for side in (box, box + 1, 2 * box, 2 * box + 7, 4 * box):
        bits = np.stack([draw_bits(seed, side, share) for seed, share in enumerate((0.1, 0.6, 1))])
        images, whole = mine.render(bits)
        assert whole.all()
        for image, original in zip(images, bits, strict=True):
            known = reference.Original(side, original.reshape(-1).tolist())
            assert reference.draw(scan, known) == image.tobytes()


@pytest.mark.parametrize("name", [name for name, _, _ in scan_models.bad_models()])
def test_an_unsound_model_is_refused(name: str) -> None:
    arrays = next(arrays for other, arrays, _ in scan_models.bad_models() if other == name)
    data = model_file("scan", arrays)
    with pytest.raises(InvalidModelError):
        load_coder(Model.from_bytes(data))
    with pytest.raises(reference.DamagedError):
        reference.check_model(reference.read_model(data))


OWN = sorted(name for name in scan_models.s8() if name.startswith(("scan.", "bits.")))


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("fault", ARRAY_FAULTS)
def test_a_model_with_a_wrong_array_is_refused(name: str, fault: str) -> None:
    with pytest.raises(InvalidModelError):
        ScanCoder(with_fault(scan_model().arrays, name, fault))


@pytest.mark.parametrize("name", ["scan.sorts", "scan.sizes"])
@pytest.mark.parametrize("fault", ARRAY_FAULTS)
def test_a_model_with_wrong_sorts_is_refused(name: str, fault: str) -> None:
    with pytest.raises(InvalidModelError):
        ScanCoder(with_fault(SORTED.arrays, name, fault))


def test_a_model_without_patterns_codes_by_pixels() -> None:
    arrays = dict(scan_model().arrays)
    del arrays["encoder.patterns"]
    coder = ScanCoder(arrays)
    coder.check_encoder()
    images = np.stack([draw_image(seed) for seed in range(2)])
    assert coder.originals(coder.codes(images)) == [None, None]
    assert np.array_equal(coder.decode(coder.encode(images), 2), images)


@pytest.mark.parametrize("fault", ["type", "size"])
def test_a_model_without_sound_patterns_only_decodes(fault: str) -> None:
    arrays = dict(scan_model().arrays)
    patterns = arrays.pop("encoder.patterns")
    arrays["encoder.patterns"] = patterns.astype(np.int16) if fault == "type" else patterns[1:]
    coder = ScanCoder(arrays)
    assert len(coder.decode(SOUND, 3)) == 3
    with pytest.raises(InvalidModelError):
        coder.check_encoder()


def test_it_is_lossless_and_says_what_it_computes_in() -> None:
    assert CODER.lossless
    assert CODER.latent_range is None
    assert CODER.arithmetic in ("float32", "float64")
    CODER.check_encoder()
