"""Auto-encoders that were trained elsewhere: Keras files in, exact integer codecs out.

A Keras file can carry code (Lambda layers, custom classes). None of it is executed: the structure
is read as JSON against a list of allowed layers (`structure`), the weights as plain arrays
(`file`), both in a process of its own (`isolated`). Importing needs h5py only; `layers` and `plot`
start Keras and build the layers anew from the settings that were checked.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from aecodec.errors import located
from aecodec.training.backend import load
from aecodec.training.importing.isolated import read_keras
from aecodec.training.importing.run import Import, import_model

if TYPE_CHECKING:
    from aecodec.training.importing.draw import LayerRow

__all__ = ["Import", "import_model", "layers", "plot"]

_DRAW = f"{__name__}.draw"


def layers(path: Path) -> "list[LayerRow]":
    """The layers of a Keras file in order, with those of inner models in their places.

    Args:
        path: A .keras or .h5 file.

    Raises:
        MissingFileError: There is no such file.
        InvalidModelError: It is damaged, or holds layers that are not on the list.
        MissingDependencyError: The [train] extra is not installed.
    """
    structure = read_keras(path, weights=False).structure
    draw = load(_DRAW)
    with located(path):
        return list(draw.layers(structure))


def plot(path: Path) -> bytes:
    """Draw the structure of a Keras file with Keras' plot_model.

    Args:
        path: A .keras or .h5 file.

    Returns:
        A PNG image.

    Raises:
        MissingFileError: There is no such file.
        InvalidModelError: It is damaged, or holds layers that are not on the list.
        MissingDependencyError: The [train] extra, pydot or Graphviz is not installed.
    """
    structure = read_keras(path, weights=False).structure
    draw = load(_DRAW)
    with located(path):
        return bytes(draw.plot(structure))
