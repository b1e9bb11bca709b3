"""Image files read in batches."""

import numpy as np

from aecodec.errors import InvalidImageError, located
from aecodec.images.array import SIDE, Images
from aecodec.images.files import decode
from aecodec.images.plain_png import filtered_rows, undo_filters, unfiltered_rows


class ImageBatch:
    """The images of many files, the commonest kind of PNG decoded together.

    Example:
        >>> from aecodec.images import png_bytes
        >>> batch = ImageBatch()
        >>> batch.add(png_bytes(np.zeros((28, 28), np.uint8)), "zero.png")
        1
        >>> batch.images().shape
        (1, 28, 28)
    """

    def __init__(self, *, fit: bool = False, invert: bool = False) -> None:
        self._fit, self._invert = fit, invert
        self._rows: list[bytes] = []

    def add(self, data: bytes, name: str, *, single: bool = False) -> int:
        """Add the images of a file.

        Args:
            data: The bytes of the file.
            name: What to call it in messages.
            single: Whether a file of several images is refused.

        Returns:
            How many images it holds.

        Raises:
            InvalidImageError: As `read_images` does. Nothing was added.
        """
        rows = None if self._invert else filtered_rows(data)
        if rows is not None:
            self._rows.append(rows)
            return 1
        with located(name):
            images = decode(data, fit=self._fit, invert=self._invert)
            if single and len(images) > 1:
                raise InvalidImageError("holds several images")
        self._rows += map(unfiltered_rows, images)
        return len(images)

    def images(self) -> Images:
        """All images in the order in which they were added, uint8 (N, 28, 28)."""
        if not self._rows:
            return np.zeros((0, SIDE, SIDE), np.uint8)
        return undo_filters(self._rows)
