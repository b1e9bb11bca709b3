"""How a training tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """What every training calls after each epoch."""

    def __call__(
        self,
        stage: str,
        done: int,
        total: int,
        distortion: float,
        rate: float | None = None,
        validation: float | None = None,
    ) -> None:
        """Take the figures of an epoch.

        stage: its name; done, total: epochs of the whole training, all stages together;
        distortion: mean squared error on [0, 1] of the training images; rate: bits an image, where
        the stage learns it; validation: distortion of the validation images, where it is known.
        """
