"""How a training tells a user interface how far it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager


class Progress:
    """Takes the progress of a training. This one ignores it; a user interface overrides it."""

    def epoch(
        self,
        stage: str,
        done: int,
        total: int,
        distortion: float | None = None,
        rate: float | None = None,
        validation: float | None = None,
    ) -> None:
        """Take the figures of an epoch.

        Args:
            stage: The name of the stage that the epoch belongs to.
            done: Epochs that are finished, of all stages together.
            total: Epochs of all stages together.
            distortion: Mean squared error on [0, 1] of the training images, or None where the kind
                is lossless.
            rate: Bits an image, where the stage learns it.
            validation: Mean squared error of the validation images, where it is known; where the
                kind is lossless, bits an image.
        """

    def busy(self, what: str) -> None:
        """Take what is done now that is no epoch, such as a search or a measurement."""


Say = Callable[[str], None]  # takes a line for people
Display = Callable[[str], AbstractContextManager[Progress]]  # takes the title of what is trained
