"""Which inputs are data sets, and what their archives are called."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aecodec.errors import InvalidArgumentError
from aecodec.files import absolute, is_folder, native_path
from aecodec.images import is_image_path

if TYPE_CHECKING:
    from aecodec.batch.data_sets import DataInput
    from aecodec.batch.reading import Reading

_COMPRESSED = (".gz", ".bz2", ".xz")


def is_data_input(path: str) -> bool:
    """Whether an input is a data set in another form than image files."""
    if is_image_path(path) and not is_folder(path):
        return False
    from aecodec.datasets import is_dataset

    return is_dataset(native_path(path))


def data_input(inputs: Sequence[str], reading: "Reading") -> "DataInput | None":
    """The data sets that inputs are, or None where they are image files.

    Raises:
        InvalidArgumentError: Some are, and some are not.
    """
    found = [path for path in inputs if is_data_input(path)]
    if found and len(found) < len(inputs):
        other = next(path for path in inputs if path not in found)
        raise InvalidArgumentError(
            f"{found[0]} is a data set and {other} is none; put them into archives of their own"
        )
    if not found:
        if (reading.split, reading.images_key, reading.labels_key) != (None, None, None):
            raise InvalidArgumentError(
                "--split, --images and --labels are for data sets; see 'compress -h'"
            )
        return None
    from aecodec.batch.data_sets import DataInput

    return DataInput(found, reading)


def archive_stem(path: str) -> str:
    """What the archive of a data set is called, without `.aez`.

    Example:
        >>> archive_stem("a/train-images-idx3-ubyte.gz"), archive_stem("x.tar.gz")
        ('train-images-idx3-ubyte', 'x')
    """
    name = absolute(path).name
    for suffix in (
        *_COMPRESSED,
        ".npz",
        ".npy",
        ".csv",
        ".tsv",
        ".zip",
        ".tar",
        ".tgz",
        ".parquet",
    ):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return name
