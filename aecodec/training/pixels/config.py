"""What the trainer of the `pixels` kind can be told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PixelsConfig:
    """Sizes and schedule of a `pixels` training.

    Attributes:
        rows: Rows above a pixel that it is predicted from.
        columns: Columns to either side.
        width: Width of the hidden layers of the network of grey levels.
        flat_width: The same of the network of flat contexts.
        embedding: Numbers that each grey level of a near pixel is embedded in.
        batch: Pixels a step.
        flat_every: Steps for each one of flat contexts.
        rate: The learning rate, before its cosine decay.
        warm_up: Steps in which it rises, or a quarter of all where that is fewer.
        average: Decay of the moving average of the weights, which is the result.
        round_steps: The most steps between two checkpoints.
        validation_images: The most images that each checkpoint is validated on.
    """

    rows: int = 4
    columns: int = 6
    width: int = 192
    flat_width: int = 48
    embedding: int = 8
    batch: int = 512
    flat_every: int = 4
    rate: float = 2e-3
    warm_up: int = 300
    average: float = 0.999
    round_steps: int = 2000
    validation_images: int = 1000
