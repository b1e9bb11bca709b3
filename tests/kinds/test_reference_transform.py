"""The kind `transform` against its reference: the same bytes, symbols and refusals."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from helpers import MODELS, VECTORS
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import DamagedError, RangeDecoder, RangeEncoder, frequencies

from aecodec.container.reader import ContainerReader
from aecodec.errors import CorruptFileError
from aecodec.integer import range_coder
from aecodec.kinds.transform.coder import TransformCoder
from aecodec.model_file import Model

Tables = NDArray[np.int64]
ODDS = st.integers(0, 2) | st.integers(0, 65535)


@st.composite
def messages(draw: st.DrawFn) -> tuple[Tables, list[int]]:
    """Cumulative frequencies (N, A + 1), some steep, and symbols: rare ones as likely as any."""
    alphabet = draw(st.integers(2, 20) | st.just(256))
    table = draw(st.lists(ODDS, min_size=1, max_size=4).filter(lambda odds: odds[0] > 0))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    logits = rng.integers(0, draw(st.integers(1, 6)), (draw(st.integers(0, 40)), alphabet))
    starts = [frequencies(row, table) for row in logits.tolist()]
    symbols = rng.integers(0, alphabet, len(logits))
    if draw(st.booleans()):  # at the ends of the alphabet carries are long
        symbols = np.where(symbols % 2, alphabet - 1, 0)
    return np.array(starts, np.int64).reshape(-1, alphabet + 1), symbols.tolist()


def by_reference(starts: Tables, data: bytes) -> list[int]:
    coder = RangeDecoder(data)
    symbols = [coder.decode(table) for table in starts.tolist()]
    coder.end()
    return symbols


def by_package(starts: Tables, data: bytes) -> list[int]:
    coder = range_coder.RangeDecoder(data)
    symbols: list[int] = coder.symbols(starts).tolist()
    coder.finish()
    return symbols


def outcome(decode: Callable[[Tables, bytes], list[int]], starts: Tables, data: bytes) -> object:
    try:
        return decode(starts, data)
    except (DamagedError, CorruptFileError):
        return "refused"


@given(messages())
def test_both_encoders_give_the_same_bytes_and_both_decoders_the_symbols(
    message: tuple[Tables, list[int]],
) -> None:
    starts, symbols = message
    coder = RangeEncoder()
    for table, symbol in zip(starts.tolist(), symbols, strict=True):
        coder.encode(table[symbol], table[symbol + 1])
    data = coder.end()
    rows = np.arange(len(symbols))
    chosen = np.array(symbols, np.int64)
    assert data == range_coder.encode(starts[rows, chosen], np.diff(starts)[rows, chosen])
    assert by_reference(starts, data) == by_package(starts, data) == symbols


@given(messages(), st.data())
def test_both_decoders_refuse_the_same_bytes(
    message: tuple[Tables, list[int]], data: st.DataObject
) -> None:
    starts, symbols = message
    coder = RangeEncoder()
    for table, symbol in zip(starts.tolist(), symbols, strict=True):
        coder.encode(table[symbol], table[symbol + 1])
    any_number = coder.low + data.draw(st.integers(0, coder.scope - 1))
    sound = data.draw(st.sampled_from([coder.end(), coder.write(any_number)]))
    cut = data.draw(st.integers(0, len(sound)))
    tail = data.draw(st.binary(max_size=8) | st.integers(1, 90).map(lambda n: b"\xff" * n))
    for other in (sound, sound[:cut], sound + tail, sound[:cut] + tail):
        assert outcome(by_reference, starts, other) == outcome(by_package, starts, other)


CODERS = {
    model.id: TransformCoder(model.arrays)
    for model in (Model.from_bytes(path.read_bytes()) for path in MODELS.glob("transform-*.aem"))
}


@pytest.mark.parametrize("name", [p.name for p in sorted(VECTORS.glob("good/transform-*.aez"))])
def test_the_latents_of_a_vector_are_coded_with_the_same_bytes(name: str) -> None:
    reader = ContainerReader(io.BytesIO((VECTORS / "good" / name).read_bytes()))
    for number in range(len(reader.places)):
        chunk = reader.read(number)
        used, counts = np.unique(chunk.models, return_counts=True)
        sizes = counts.tolist() if len(used) > 1 else [chunk.count]
        for model, count, payload in zip(used, sizes, chunk.payloads, strict=True):
            if reader.ids[model] in CODERS:
                prior = CODERS[reader.ids[model]]._prior
                latents = prior.decode(range_coder.RangeDecoder(payload), count)
                starts, widths = prior.intervals(latents)
                assert range_coder.encode(starts.T.reshape(-1), widths.T.reshape(-1)) == payload


def test_the_vectors_run_in_both_float_types() -> None:
    assert {coder.arithmetic for coder in CODERS.values()} == {"float32", "float64"}
