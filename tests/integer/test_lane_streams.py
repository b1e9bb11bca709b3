"""Streams of lanes joined to one payload, which has one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import running

from aecodec.errors import CorruptFileError
from aecodec.integer import entropy, lane_streams, range_coder


@given(st.binary(max_size=40), st.integers(1, 6))
def test_any_payload_is_refused_or_is_what_its_streams_join_to(data: bytes, count: int) -> None:
    try:
        streams = lane_streams.split_streams(data, count)
    except CorruptFileError:
        return
    assert len(streams) == count
    assert lane_streams.join_streams(streams) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00ab",
        b"\x01\x01",
        b"\x05" + bytes(10),
        b"\x01\x01\x01a",
        b"\x01\x01\x01abc",
        b"\x02\x00\x01\x00\x01ab",
        b"\xff" * 9,
    ],
)
def test_lengths_that_do_not_fit_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptFileError, match="lengths of the lanes"):
        lane_streams.split_streams(data, 2)


@pytest.mark.parametrize("longest", [0, 1, 255, 256, 65535, 65536])
def test_lengths_take_the_fewest_bytes(longest: int) -> None:
    streams = [b"x" * longest, b"", b"y"]
    joined = lane_streams.join_streams(streams)
    size = 1 if longest < 256 else 2 if longest < 65536 else 3
    assert len(joined) == 1 + 3 * size + longest + 1
    assert lane_streams.split_streams(joined, 3) == streams


def test_one_lane_has_no_length() -> None:
    assert lane_streams.join_streams([b"abc"]) == b"abc"
    assert lane_streams.split_streams(b"abc", 1) == [b"abc"]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 1), (1, 1), (31, 1), (32, 2), (1024, 64), (4096, 64)]
)
def test_lanes_grow_with_the_images(count: int, expected: int) -> None:
    assert lane_streams.lane_count(count) == expected


FREQUENCIES = st.sampled_from([1, 2, 255, 256, 32768, 65534, 65535, 65536]) | st.integers(1, 65536)


@given(
    st.integers(16, 40),
    st.lists(FREQUENCIES, min_size=47, max_size=300),
    st.integers(0, 2**32),
    st.sampled_from([1, 3, 1024]),
)
def test_lanes_encoded_at_once_are_those_encoded_one_by_one(
    count: int, sizes: list[int], seed: int, steps: int
) -> None:
    frequencies, rng = np.array(sizes, np.int64), np.random.default_rng(seed)
    room = entropy.TOTAL - frequencies
    starts = np.where(rng.random(len(room)) < 0.5, room, rng.integers(0, room + 1))
    passes = np.array([len(room) - 7, 0, 7])
    with running("plain"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lane_streams, "STEPS", steps)
        streams = lane_streams.encode_passes(starts, frequencies, passes, count)
        lane = np.concatenate([np.arange(size) for size in passes]) % count
        for number, stream in enumerate(streams):
            mine = lane == number
            assert stream == range_coder.encode(starts[mine], frequencies[mine])


def test_full_words_come_out_alike() -> None:
    starts = np.repeat([entropy.TOTAL - 1, 0], [16 * 300, 16])
    starts[-16:] = entropy.TOTAL - 2
    frequencies = np.repeat([1, 2], [16 * 300, 16])
    with running("plain"):
        streams = lane_streams.encode_passes(starts, frequencies, np.array([len(starts)]), 16)
    assert streams == [range_coder.encode(starts[::16], frequencies[::16])] * 16
    assert streams[0][:600] == b"\xff" * 600
