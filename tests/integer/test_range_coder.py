import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.integer import entropy, range_coder

Int64s = NDArray[np.int64]

pytestmark = pytest.mark.usefixtures("way_of_loops")


def message(count: int, alphabet: int, seed: int, peak: int = 20) -> tuple[Int64s, Int64s]:
    """Cumulative frequencies (count, alphabet + 1) and symbols that follow them, (count,)."""
    rng = np.random.default_rng(seed)
    odds = (rng.random((count, alphabet)) ** rng.integers(1, peak) * 32768).astype(np.int64)
    odds[:, 0] += 1
    starts = entropy.cumulate(odds)
    slots = rng.integers(0, entropy.TOTAL, (count, 1))
    return starts, (starts[:, 1:] <= slots).sum(1)


def encode(starts: Int64s, symbols: Int64s) -> bytes:
    rows = np.arange(len(symbols))
    return range_coder.encode(starts[rows, symbols], np.diff(starts)[rows, symbols])


def ideal_bits(starts: Int64s, symbols: Int64s) -> float:
    frequencies = np.diff(starts)[np.arange(len(symbols)), symbols]
    return float(np.log2(entropy.TOTAL / frequencies).sum())


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=256), st.integers(0, 255))
def test_frequencies_are_those_that_the_format_states(odds: list[int], extra: int) -> None:
    odds[extra % len(odds)] += 1
    scale, total = 65536 - len(odds), sum(odds)
    expected = [k + sum(odds[:k]) * scale // total for k in range(len(odds) + 1)]
    starts = entropy.cumulate(np.array(odds))
    assert starts.tolist() == expected
    assert expected[-1] == entropy.TOTAL
    assert np.diff(starts).min() >= 1
    symbols = np.arange(len(odds))
    first, frequencies = entropy.intervals(np.tile(odds, (len(odds), 1)), symbols)
    assert first.tolist() == expected[:-1]
    assert frequencies.tolist() == np.diff(starts).tolist()


def test_the_table_of_rates_is_the_logarithm_rounded() -> None:
    exact = [2**entropy.RATE_BITS * math.log2(entropy.TOTAL / f) for f in range(1, 65537)]
    difference = entropy.rate_table()[1:] - np.array(exact)
    assert np.abs(difference).max() < 0.50001


@given(st.integers(0, 90), st.integers(1, 40), st.integers(0, 10**6))
def test_symbols_come_back_in_any_portions(count: int, alphabet: int, seed: int) -> None:
    starts, symbols = message(count, alphabet, seed)
    source = range_coder.RangeDecoder(encode(starts, symbols))
    cut = seed % (count + 1)
    found = np.concatenate([source.symbols(starts[:cut]), source.symbols(starts[cut:])])
    source.finish()
    assert np.array_equal(found, symbols)


@given(st.integers(0, 90), st.integers(0, 10**6))
def test_a_tiny_stream_costs_less_than_a_byte_over_the_ideal(count: int, seed: int) -> None:
    starts, symbols = message(count, 16, seed)
    assert len(encode(starts, symbols)) < ideal_bits(starts, symbols) / 8 + 1.01


@pytest.mark.parametrize("seed", range(3))
def test_a_long_stream_is_as_short_as_can_be(seed: int) -> None:
    starts, symbols = message(20_000, 16, seed)
    data = encode(starts, symbols)
    assert len(data) <= ideal_bits(starts, symbols) / 8 * 1.0001 + 1
    source = range_coder.RangeDecoder(data)
    assert np.array_equal(source.symbols(starts), symbols)
    source.finish()


@pytest.mark.parametrize("symbol", [0, 15])
@pytest.mark.parametrize("count", [1, 3, 1000])
def test_the_ends_of_the_range_carry(symbol: int, count: int) -> None:
    """Only first symbols give no bytes at all; only last ones set every bit and carry."""
    starts, _ = message(count, 16, 5)
    symbols = np.full(count, symbol)
    data = encode(starts, symbols)
    assert (data == b"") == (symbol == 0)
    source = range_coder.RangeDecoder(data)
    assert np.array_equal(source.symbols(starts), symbols)
    source.finish()


@given(st.binary(max_size=40), st.integers(0, 60), st.integers(0, 10**6))
def test_any_bytes_are_refused_or_are_what_their_symbols_give(
    data: bytes, count: int, seed: int
) -> None:
    starts, _ = message(count, 16, seed)
    try:
        source = range_coder.RangeDecoder(data)
        symbols = source.symbols(starts)
        source.finish()
    except CorruptFileError:
        return
    assert encode(starts, symbols) == data


@given(st.integers(1, 60), st.integers(0, 10**6), st.data())
def test_a_payload_has_one_form_only(count: int, seed: int, data: st.DataObject) -> None:
    starts, symbols = message(count, 16, seed)
    sound = encode(starts, symbols)
    tail = data.draw(st.binary(min_size=1, max_size=8))
    cut = data.draw(st.integers(0, len(sound)))
    for other in (sound + tail, sound[:cut] + tail):
        try:
            source = range_coder.RangeDecoder(other)
            found = source.symbols(starts)
            source.finish()
        except CorruptFileError:
            continue
        assert encode(starts, found) == other


@given(st.integers(0, 60), st.integers(0, 10**6), st.binary(max_size=3))
def test_symbols_may_be_read_by_their_slots(count: int, seed: int, change: bytes) -> None:
    starts, symbols = message(count, 16, seed)
    sound = encode(starts, symbols)
    for data in (sound, sound[: len(sound) // 2] + change):
        outcomes: list[object] = []
        for way in (_symbols_by_slots, range_coder.RangeDecoder.symbols):
            source = range_coder.RangeDecoder(data)
            try:
                outcomes.append((list(way(source, starts)), source.state))
            except CorruptFileError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def _symbols_by_slots(source: range_coder.RangeDecoder, starts: Int64s) -> Iterator[int]:
    for row in starts:
        symbol = int((row[1:] <= source.slot()).sum())
        source.take(int(row[symbol]), int(row[symbol + 1] - row[symbol]))
        yield symbol


@given(st.integers(0, 80), st.integers(0, 10**6), st.binary(max_size=3))
def test_bits_are_read_as_symbols_of_two(count: int, seed: int, change: bytes) -> None:
    starts, symbols = message(count, 2, seed)
    data = encode(starts, symbols)
    ones = np.diff(starts)[:, 1]
    decoder = range_coder.RangeDecoder(data)
    assert decoder.bits(ones).tolist() == symbols.tolist()
    decoder.finish()
    damaged = data[: len(data) // 2] + change
    found: list[list[int] | None] = []
    for read in ("bits", "symbols"):
        decoder = range_coder.RangeDecoder(damaged)
        try:
            values = decoder.bits(ones) if read == "bits" else decoder.symbols(starts)
            decoder.finish()
            found.append(values.tolist())
        except CorruptFileError:
            found.append(None)
    assert found[0] == found[1]
