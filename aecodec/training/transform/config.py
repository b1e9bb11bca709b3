"""What the trainer of the `transform` kind can be told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TransformConfig:
    """Sizes and schedule of a `transform` training.

    Attributes:
        encoder: Widths of the encoder's hidden layers.
        decoder: Widths of the decoder's hidden layers.
        prior: Widths of the prior's hidden layers.
        latents: How many latents the training starts with; unused ones are left out in the end.
        batch: Images a step.
        bent: The share of images that is augmented in each epoch but the last.
        copies: Augmented copies that fine-tuning adds, for each image.
        fine_tune_epochs: Epochs of fine-tuning.
        fine_tune_rate: Its learning rate.
        start_epochs: Epochs of each level that this one starts from [default: that level's own].
    """

    encoder: tuple[int, ...] = (1024, 512)
    decoder: tuple[int, ...] = (640, 1024)
    prior: tuple[int, int] = (384, 384)
    latents: int = 80
    batch: int = 256
    bent: float = 0.5
    copies: float = 0.3
    fine_tune_epochs: int = 8
    fine_tune_rate: float = 8e-4
    start_epochs: int | None = None
