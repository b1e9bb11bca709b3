"""What a loaded split of a data set is."""

from dataclasses import dataclass

from aecodec.datasets.labels import Labels
from aecodec.errors import AecodecError
from aecodec.images import Images

MAX_IMAGES = 2**22


@dataclass(frozen=True)
class Dataset:
    """Images, and what is known about them.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,), or None.
        class_names: The name of each label, or None.
        paths: Of the image file of each image, inside its folder, or None.
        skipped: One error for each image file that was left out.
    """

    images: Images
    labels: Labels | None = None
    class_names: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    skipped: tuple[AecodecError, ...] = ()

    def __len__(self) -> int:
        return len(self.images)
