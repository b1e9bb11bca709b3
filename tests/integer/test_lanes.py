"""Lanes of the range coder: each is a stream of `range_coder`, and a payload has one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import WAYS, running
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer import entropy, lane_streams, lanes, range_coder

Int64s = NDArray[np.int64]
Pass = tuple[Int64s, Int64s]  # cumulative frequencies (n, A + 1), symbols (n,)

pytestmark = pytest.mark.usefixtures("way_of_loops")


@st.composite
def passes(draw: st.DrawFn) -> list[Pass]:
    """Passes of any sizes, none included, over alphabets of their own."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    made = []
    for size in draw(st.lists(st.integers(0, 40), min_size=1, max_size=6)):
        odds = (rng.random((size, rng.integers(2, 30))) ** 9 * 32768).astype(np.int64)
        odds[:, 0] += 1
        starts = entropy.cumulate(odds)
        slots = rng.integers(0, entropy.TOTAL, (size, 1))
        made.append((starts, (starts[:, 1:] <= slots).sum(1)))
    return made


def intervals(made: list[Pass]) -> list[tuple[Int64s, Int64s]]:
    found = []
    for starts, symbols in made:
        rows = np.arange(len(symbols))
        found.append((starts[rows, symbols], np.diff(starts)[rows, symbols]))
    return found


def encoded(made: list[Pass], count: int) -> list[bytes]:
    coded = intervals(made)
    starts, sizes = (np.concatenate(parts) for parts in zip(*coded, strict=True))
    return lane_streams.encode_passes(starts, sizes, np.array([len(s) for _, s in made]), count)


def decoded(streams: list[bytes], made: list[Pass]) -> list[Int64s]:
    source = lanes.LaneDecoder(streams)
    symbols = [source.symbols(np.diff(starts)) for starts, _ in made]
    source.finish()
    return symbols


@given(passes(), st.integers(1, 24))
def test_a_lane_is_the_stream_of_its_symbols_and_comes_back(made: list[Pass], count: int) -> None:
    coded = intervals(made)
    streams = encoded(made, count)
    for lane, stream in enumerate(streams):
        first = [first[lane::count] for first, _ in coded]
        sizes = [size[lane::count] for _, size in coded]
        assert stream == range_coder.encode(np.concatenate(first), np.concatenate(sizes))
    found = decoded(streams, made)
    assert all(np.array_equal(a, b) for a, (_, b) in zip(found, made, strict=True))
    assert lane_streams.split_streams(lane_streams.join_streams(streams), count) == streams


@given(passes(), st.integers(1, 20), st.data())
def test_any_streams_are_refused_or_are_what_their_symbols_give(
    made: list[Pass], count: int, data: st.DataObject
) -> None:
    streams = encoded(made, count)
    lane = data.draw(st.integers(0, count - 1))
    cut = data.draw(st.integers(0, len(streams[lane])))
    streams[lane] = streams[lane][:cut] + data.draw(st.binary(max_size=8))
    try:
        found = decoded(streams, made)
    except CorruptFileError:
        return
    again = [(starts, symbols) for (starts, _), symbols in zip(made, found, strict=True)]
    assert encoded(again, count) == streams


@pytest.mark.parametrize("count", [1, 3, 40, 50])
def test_bits_are_symbols_of_two(count: int) -> None:
    rng = np.random.default_rng(count)
    ones = rng.integers(1, entropy.TOTAL, 200)
    bits = (rng.integers(0, entropy.TOTAL, 200) < ones).astype(np.int64)
    zeros = entropy.TOTAL - ones
    sizes = np.array([7, 193])
    streams = lane_streams.encode_passes(bits * zeros, np.where(bits, ones, zeros), sizes, count)
    source, other = lanes.LaneDecoder(streams), lanes.LaneDecoder(streams)
    for part in (slice(0, 7), slice(7, 200)):
        assert np.array_equal(source.bits(ones[part]), bits[part])
        assert np.array_equal(other.symbols(np.stack([zeros, ones], 1)[part]), bits[part])
    source.finish()
    other.finish()


@pytest.mark.parametrize("count", [1, 16])
def test_a_symbol_outside_its_alphabet_is_refused(count: int) -> None:
    starts = np.array([[0, 1, entropy.TOTAL]] * 40)
    with pytest.raises(CorruptFileError):
        decoded([b"\xff" * 30] * count, [(starts, np.zeros(40, np.int64))])


@given(passes(), st.integers(1, 20), st.data())
def test_all_ways_decode_any_streams_alike(
    made: list[Pass], count: int, data: st.DataObject
) -> None:
    streams = encoded(made, count)
    lane = data.draw(st.integers(0, count - 1))
    tail = data.draw(st.binary(max_size=8) | st.integers(1, 40).map(lambda n: b"\xff" * n))
    streams[lane] = streams[lane][: data.draw(st.integers(0, len(streams[lane])))] + tail
    outcomes = []
    for way in WAYS:
        with running(way):
            try:
                outcomes.append([found.tolist() for found in decoded(streams, made)])
            except CorruptFileError as error:
                outcomes.append([str(error)])
    assert outcomes[1:] == outcomes[:1] * 2


@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(1, 64), st.data())
def test_all_ways_decode_any_streams_of_bits_alike(
    seed: int, power: int, count: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    ones = np.clip((rng.random(400) ** power * entropy.TOTAL).astype(np.int64), 1, 65_535)
    bits = rng.integers(0, entropy.TOTAL, 400) < ones
    zeros, sizes = entropy.TOTAL - ones, np.array([130, 270])
    streams = lane_streams.encode_passes(bits * zeros, np.where(bits, ones, zeros), sizes, count)
    lane = data.draw(st.integers(0, count - 1))
    tail = data.draw(st.binary(max_size=8) | st.integers(1, 40).map(lambda n: b"\xff" * n))
    damaged = [*streams]
    damaged[lane] = streams[lane][: data.draw(st.integers(0, len(streams[lane])))] + tail
    for given_streams in (streams, damaged):
        outcomes = []
        for way in WAYS:
            with running(way):
                source = lanes.LaneDecoder(given_streams)
                try:
                    found = [*source.bits(ones[:130]), *source.bits(ones[130:])]
                    source.finish()
                except CorruptFileError as error:
                    found = [str(error)]
            outcomes.append(found)
        assert outcomes[1:] == outcomes[:1] * 2
        assert given_streams is damaged or outcomes[0] == bits.tolist()
