"""Keras: `aecodec.load_data`, in the layout of `keras.datasets.mnist.load_data`."""

from typing import Any

from numpy.typing import NDArray

from aecodec.api import open_archive
from aecodec.archive import Archive
from aecodec.errors import CorruptFileError, InvalidArgumentError
from aecodec.images import Images
from aecodec.plugins.members import members
from aecodec.storage import StrPath

Part = tuple[Images, NDArray[Any]]


def load_data(path: StrPath, model: str | None = None) -> tuple[Part, Part]:
    """Load the training and the test split of an archive, with their labels.

    >>> splits = {"train": 4, "test": 1}
    >>> data = aecodec.compress(images, labels=[3, 1, 4, 1, 5], splits=splits)
    >>> with open("digits.aez", "wb") as file:
    ...     _ = file.write(data)
    >>> (x_train, y_train), (x_test, y_test) = aecodec.load_data("digits.aez")
    >>> x_train.shape, y_train, x_test.shape, y_test
    ((4, 28, 28), array([3, 1, 4, 1]), (1, 28, 28), array([5]))

    Args:
        path: The .aez file, with labels and with the splits `train` and `test`.
        model: A model to look at first: its name, id or file.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images uint8 (N, 28, 28), and labels of the type
        and shape that they had.

    Raises:
        InvalidArgumentError: The file has no labels, or lacks one of the splits.
        MissingFileError: There is no such file.
        CorruptFileError: It is damaged, or no .aez file.
        UnsupportedFileError: It was made by a later aecodec.
        UnknownModelError: Its model is neither installed nor embedded.
        DecodingError: The pixels differ from those that were encoded.
    """
    with open_archive(path, model) as archive:
        if archive.damage:
            raise CorruptFileError(archive.damage, path)
        return _part(archive, "train"), _part(archive, "test")


def _part(archive: Archive, split: str) -> Part:
    numbers = members(archive, split, ". Read it whole: aecodec.open(path)[:]")
    labels = archive.labels
    if labels is None:
        text = "has no labels. Read it without: aecodec.open(path)[:]"
        raise InvalidArgumentError(text, archive.path)
    return archive[numbers], labels[numbers]
