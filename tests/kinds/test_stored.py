import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from aecodec.errors import CorruptFileError
from aecodec.kinds.stored import STORED_ID, StoredCoder


@given(hnp.arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28))))
def test_images_come_back_exactly(images: NDArray[np.uint8]) -> None:
    payload = StoredCoder({}).encode(images)
    assert payload == images.tobytes()
    assert np.array_equal(StoredCoder({}).decode(payload, len(images)), images)


@pytest.mark.parametrize("length", [0, 783, 785, 1568])
def test_a_payload_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CorruptFileError, match=f"{length} bytes cannot hold 1 stored image"):
        StoredCoder({}).decode(bytes(length), 1)


def test_it_is_lossless_and_needs_no_model() -> None:
    assert StoredCoder({}).lossless
    assert bytes.fromhex("0000000000000000") == STORED_ID
