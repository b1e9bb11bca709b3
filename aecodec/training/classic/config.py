"""What the trainers of the `classic` kind can be told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassicConfig:
    """Sizes and schedule of a `classic` training; the defaults made the models that ship.

    Attributes:
        encoder: Widths of the encoder's hidden layers.
        decoder: Widths of the decoder's hidden layers.
        batch: Images a step.
        rate: Learning rate at the start; it falls along a cosine.
        pretraining: The share of the epochs that goes to the first stage.
        warped: The share of images that is augmented in each epoch of the second stage.
        pull: The squared error that a code may cost for each unit of squared distance from where
            the encoder puts it, latents in [-1, 1].
        nearness: Weight of the encoder's squared distance from the codes found.
        noise: Deviation of the noise on the codes at the start of the second stage, in grid steps.
        settled: The share of the second stage after which that noise is gone.
        least_rows: A small training set is repeated up to this, each copy augmented anew.
        patience: Epochs without gain before early stopping [default: a quarter, at least 10].
    """

    encoder: tuple[int, ...] = (512, 256, 128)
    decoder: tuple[int, ...] = (128, 128, 128, 512)
    batch: int = 512
    rate: float = 2e-3
    pretraining: float = 0.12
    warped: float = 0.5
    pull: float = 30.0
    nearness: float = 0.02
    noise: float = 4.0
    settled: float = 0.7
    least_rows: int = 10_000
    patience: int | None = None
