"""Which inputs are data sets, and what their archives are called."""

from aecodec.files import absolute, is_folder, native_path
from aecodec.images import is_image_path

_COMPRESSED = (".gz", ".bz2", ".xz")


def is_data_input(path: str) -> bool:
    """Whether an input is a data set in another form than image files."""
    if is_image_path(path) and not is_folder(path):
        return False
    from aecodec.datasets import is_dataset

    return is_dataset(native_path(path))


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
