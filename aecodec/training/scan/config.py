"""What the trainer of the `scan` kind can be told."""

from dataclasses import dataclass

from aecodec.training.context_fit import Schedule


@dataclass(frozen=True)
class ScanConfig(Schedule):
    """Sizes and schedule of a `scan` training.

    Attributes:
        rows: Rows above a bit that it is predicted from.
        columns: Columns to either side.
        near: Where so many bits, the nearest, are equal, a context is flat.
        orders: The orders in which bits can be coded, 1 or 2.
        width: Width of the hidden layers of the network of edges.
        flat_width: The same of the network of flat contexts.
    """

    rows: int = 14
    columns: int = 14
    near: int = 8
    orders: int = 2
    width: int = 256
    flat_width: int = 64
    batch: int = 1024
    large_batch: int = 4096
    flat_every: int = 2
