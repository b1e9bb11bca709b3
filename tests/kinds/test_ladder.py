"""The compiled loop of the prior decodes the symbols, and refuses the bytes, of the plain path."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import WAYS, running
from numpy.typing import NDArray
from tiny import ALPHABET, transform_arrays

from aecodec.errors import CorruptFileError
from aecodec.integer import entropy, range_coder
from aecodec.kinds.transform import Prior
from aecodec.kinds.transform.ladder import DECODE

Int64s = NDArray[np.int64]
Outcome = tuple[bytes, tuple[int, int, int]] | str
TABLE = st.lists(st.integers(0, 2) | st.integers(0, 65535), min_size=1, max_size=40).filter(
    lambda odds: odds[0] > 0
)


def state(source: range_coder.RangeDecoder) -> tuple[int, int, int]:
    return source._offset, source._scope, source._read


def plain(logits: Int64s, table: list[int], data: bytes) -> Outcome:
    odds = np.array(table, np.int32).take(logits.max(1, keepdims=True) - logits, mode="clip")
    source = range_coder.RangeDecoder(data)
    try:
        return source.symbols(entropy.cumulate(odds)).tobytes(), state(source)
    except CorruptFileError as error:
        return str(error)


def by_loop(way: str, logits: Int64s, table: list[int], data: bytes) -> Outcome:
    source = range_coder.RangeDecoder(data)
    with running(way):
        loop = DECODE.compiled(0)
    assert loop is not None
    known = logits.astype(np.int32), np.array(table, np.int32)
    try:
        return source.run(loop, len(logits), *known).tobytes(), state(source)
    except CorruptFileError as error:
        return str(error)


@given(TABLE, st.integers(2, 256), st.integers(0, 40), st.integers(0, 10**6), st.data())
def test_all_ways_give_the_same_symbols_or_refuse(
    table: list[int], alphabet: int, count: int, seed: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    reach = data.draw(st.sampled_from([1, 5, 60, 2**15]))
    logits = rng.integers(-reach, reach, (count, alphabet), endpoint=True)
    payload = data.draw(st.sampled_from([b"", b"\xff" * 90, rng.bytes(100)]))
    payload += data.draw(st.binary(max_size=9))
    expected = plain(logits, table, payload)
    for way in WAYS[1:]:
        assert by_loop(way, logits, table, payload) == expected


@pytest.mark.parametrize("count", [1, 33, 200])
def test_a_prior_that_changes_ways_in_the_middle_gives_the_same_latents(count: int) -> None:
    """As a process does that takes up numba while it decodes."""
    prior = Prior(transform_arrays())
    rng = np.random.default_rng(count)
    latents = prior.lowest + rng.integers(0, ALPHABET, (count, prior.latents))
    starts, frequencies = prior.intervals(latents)
    payload = range_coder.encode(starts.T.reshape(-1), frequencies.T.reshape(-1))
    source = range_coder.RangeDecoder(payload)
    steps: list[str] = []
    decode = prior._symbols

    def alternating(source: range_coder.RangeDecoder, logits: NDArray[np.float32]) -> Int64s:
        steps.append(WAYS[len(steps) % 2])
        with running(steps[-1]):
            return decode(source, logits)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prior, "_symbols", alternating)
        found = prior.decode(source, count)
    source.finish()
    assert np.array_equal(found, latents)
    assert set(steps) == set(WAYS[:2])
