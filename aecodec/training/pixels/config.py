"""What the trainer of the `pixels` kind can be told."""

from dataclasses import dataclass

from aecodec.training.context_fit import Schedule


@dataclass(frozen=True)
class PixelsConfig(Schedule):
    """Sizes and schedule of a `pixels` training.

    Attributes:
        rows: Rows above a pixel that it is predicted from.
        columns: Columns to either side.
        width: Width of the hidden layers of the network of grey levels.
        flat_width: The same of the network of flat contexts.
        embedding: Numbers that each grey level of a near pixel is embedded in.
        step: Every grey level of the images is a multiple of it; a divisor of 255.
    """

    rows: int = 4
    columns: int = 6
    width: int = 128
    flat_width: int = 48
    embedding: int = 8
    step: int = 1

    @property
    def levels(self) -> int:
        """How many grey levels there are."""
        return 255 // self.step + 1

    @classmethod
    def few_greys(cls) -> "PixelsConfig":
        """Those of a model that keeps images in few grey levels."""
        return cls(width=96, flat_width=32, step=5, batch=1024, large_batch=1024, round_steps=1000)
