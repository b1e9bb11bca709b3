"""What may befall a payload and the arrays of a model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

ARRAY_FAULTS = ("missing", "type", "shape")


def damaged(payload: bytes, data: st.DataObject) -> bytes:
    """A payload that is cut, longer, or has another bit."""
    damaged = bytearray(payload)
    how = data.draw(st.sampled_from(["cut", "longer", "flip"]))
    at = data.draw(st.integers(0, len(damaged) - 1))
    if how == "cut":
        del damaged[at:]
    elif how == "longer":
        damaged += data.draw(st.binary(min_size=1, max_size=9))
    else:
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(damaged)


def with_fault(
    arrays: Mapping[str, NDArray[Any]], name: str, fault: str
) -> dict[str, NDArray[Any]]:
    """The arrays, of which one has one of ARRAY_FAULTS."""
    faulty = dict(arrays)
    if fault == "missing":
        del faulty[name]
    elif fault == "type":
        faulty[name] = faulty[name].astype(np.uint32)
    else:
        faulty[name] = faulty[name][None]
    return faulty
