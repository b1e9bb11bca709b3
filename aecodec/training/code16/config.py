"""What the trainer of the `code16` kind can be told."""

from dataclasses import dataclass, field

from aecodec.training.transform import TransformConfig


@dataclass(frozen=True)
class Code16Config:
    """Sizes and schedule of a `code16` training; the defaults made the models that ship.

    Attributes:
        hidden: Widths of the decoder's hidden layers.
        members: Networks of the ensemble.
        rank: Axes of a region.
        batch: Images a step.
        initial_epochs: Epochs in which the first decoder learns the latents.
        distill_epochs: Epochs in which one member learns what the ensemble draws.
        transform: For the level that gives the latents.
    """

    hidden: tuple[int, ...] = (640, 768)
    members: int = 6
    rank: int = 14
    batch: int = 250
    initial_epochs: int = 6
    distill_epochs: int = 100
    transform: TransformConfig = field(default_factory=TransformConfig)
