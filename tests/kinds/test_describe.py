from typing import Any

import numpy as np
from helpers import K2
from numpy.typing import NDArray

from aecodec.kinds.describe import describe_model
from aecodec.model_file import Model, read_model


def test_layers_come_first_and_every_array_is_told_once() -> None:
    model = read_model(K2)
    found = describe_model(model)
    layers = [row for row in found if row.activation != "table"]
    assert [row.name for row in layers] == sorted(row.name for row in layers)
    assert {"decoder.0", "encoder.0"} <= {row.name for row in layers}
    assert "decoder.greys" in {row.name for row in found[len(layers) :]}
    clips = sum(a.nbytes for name, a in model.arrays.items() if name.endswith(".clips"))
    assert sum(row.bytes for row in found) + clips == sum(a.nbytes for a in model.arrays.values())


def test_arrays_that_make_no_network_are_tables() -> None:
    arrays: dict[str, NDArray[Any]] = {
        "x.clips": np.zeros((2, 3), np.int32),
        "x.0.bias": np.zeros(0, np.int8),
    }
    assert [(row.name, row.shape, row.bytes) for row in describe_model(Model("any", arrays))] == [
        ("x.0.bias", "0", 0),
        ("x.clips", "2x3", 24),
    ]
