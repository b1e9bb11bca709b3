"""What all readers of archives have in common: one file, or a folder of parts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from aecodec.container.chunk import Chunk
from aecodec.container.extras import Split
from aecodec.container.labels import LabelType
from aecodec.container.names import NameOrder
from aecodec.errors import CorruptFileError, UnsupportedFileError


class ArchiveReader(ABC):
    """Reads an archive chunk by chunk, in any order.

    Attributes:
        size: The bytes of its files.
        ids: The ids of its models, 8 bytes each.
        models: For each id, the bytes of the embedded model, or empty bytes.
        named: Whether images have names.
        form: What it is, for people: `short`, `archive` or `parts`.
        version: Of the format.
        titles: What people call each model; empty strings where the archive does not say.
        labels: What the labels of the images are, or None.
        damage: What is wrong with the archive as a whole, or an empty string.
    """

    size: int
    ids: tuple[bytes, ...]
    models: list[bytes]
    named: bool
    form: str
    version: int
    titles: tuple[str, ...]
    labels: LabelType | None
    damage: str

    @property
    @abstractmethod
    def counts(self) -> Sequence[int]:
        """How many images each chunk has."""

    @abstractmethod
    def read(self, number: int) -> Chunk:
        """Read and check one chunk. Raises as `ContainerReader.read`."""

    @abstractmethod
    def read_extras(self) -> tuple[tuple[Split, ...], dict[str, Any]]:
        """Read the splits and the metadata. Raises as `ContainerReader.read_extras`."""

    @abstractmethod
    def check_header(self) -> None:
        """Check that the header is not damaged. Raises CorruptFileError."""

    @property
    def starts(self) -> list[int]:
        """The number of the first image of each chunk, then the number of all images."""
        return list(accumulate(self.counts, initial=0))

    def check(self) -> None:
        """Check all that can be checked without a model: every byte, and the order of the names.

        Raises:
            CorruptFileError: The archive is damaged.
            UnsafeNameError: A name is unsafe, or the folder of another.
            UnsupportedFileError: It is not damaged, but has records of a later version.
        """
        if self.damage:
            raise CorruptFileError(self.damage)
        order = NameOrder()
        later: UnsupportedFileError | None = None
        for number in range(len(self.counts)):
            try:
                order.add(self.read(number).names)
            except UnsupportedFileError as error:
                later = later or error
        try:
            self.read_extras()
        except UnsupportedFileError as error:
            later = later or error
        if later is not None:
            raise later

    def summary(self) -> dict[str, Any]:
        """What the container says of itself, for people and for `--json`."""
        return {
            "bytes": self.size,
            "images": self.starts[-1],
            "chunks": len(self.counts),
            "names": self.named,
            "form": self.form,
            "version": self.version,
            "labels": self.labels.type if self.labels else None,
            "models": [model_id.hex() for model_id in self.ids],
        }
