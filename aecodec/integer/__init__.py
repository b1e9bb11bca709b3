"""Exact integer arithmetic: networks, the range coder, and loops that numba compiles."""

from typing import TYPE_CHECKING

from aecodec.deferred import exports

if TYPE_CHECKING:
    from aecodec.integer import entropy, lane_loops, lane_streams, lanes, range_coder
    from aecodec.integer.compiled import Loop, all_loops
    from aecodec.integer.layers import (
        MAX_LAYERS,
        MAX_SHIFT,
        MAX_WIDTH,
        Arrays,
        DenseLayer,
        ExactLayer,
        Range,
        dense_arrays,
        read_layers,
        take_array,
    )
    from aecodec.integer.memory import keep_freed
    from aecodec.integer.networks import (
        BLOCK_ROWS,
        FLOAT32_LIMIT,
        FLOAT64_LIMIT,
        Network,
        read_network,
        widest,
    )
    from aecodec.integer.products import ExactProducts
    from aecodec.integer.residual import ResidualNetwork, filled, filled_up, take_table

__all__ = [
    "BLOCK_ROWS",
    "FLOAT32_LIMIT",
    "FLOAT64_LIMIT",
    "MAX_LAYERS",
    "MAX_SHIFT",
    "MAX_WIDTH",
    "Arrays",
    "DenseLayer",
    "ExactLayer",
    "ExactProducts",
    "Loop",
    "Network",
    "Range",
    "ResidualNetwork",
    "all_loops",
    "dense_arrays",
    "entropy",
    "filled",
    "filled_up",
    "keep_freed",
    "lane_loops",
    "lane_streams",
    "lanes",
    "range_coder",
    "read_layers",
    "read_network",
    "take_array",
    "take_table",
    "widest",
]

# most kinds need little of it
__getattr__ = exports(
    __name__,
    {
        "entropy": "entropy",
        "lane_loops": "lane_loops",
        "lane_streams": "lane_streams",
        "lanes": "lanes",
        "range_coder": "range_coder",
        "Loop": "compiled",
        "all_loops": "compiled",
        "Arrays": "layers",
        "DenseLayer": "layers",
        "ExactLayer": "layers",
        "MAX_LAYERS": "layers",
        "MAX_SHIFT": "layers",
        "MAX_WIDTH": "layers",
        "Range": "layers",
        "dense_arrays": "layers",
        "read_layers": "layers",
        "take_array": "layers",
        "keep_freed": "memory",
        "BLOCK_ROWS": "networks",
        "FLOAT32_LIMIT": "networks",
        "FLOAT64_LIMIT": "networks",
        "Network": "networks",
        "read_network": "networks",
        "widest": "networks",
        "ExactProducts": "products",
        "ResidualNetwork": "residual",
        "filled": "residual",
        "filled_up": "residual",
        "take_table": "residual",
    },
)
