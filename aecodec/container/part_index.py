"""The index of an archive in parts, a JSON file beside them: `docs/FORMAT.md` specifies it."""

import hashlib
import io
import re
from typing import Any, NamedTuple

from aecodec.container.extras import Split, pack_splits, unpack_splits
from aecodec.container.header import MAX_CHUNK_IMAGES, SEALED, Header, read_header
from aecodec.container.labels import LabelType
from aecodec.container.reader import ContainerReader
from aecodec.errors import CorruptFileError, UnsupportedFileError

INDEX_NAME = "aecodec.json"
MAX_PART_BYTES = 2**30
_FORMAT = "aecodec parts"
_VERSION = 1
_FILE = r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,200}\.aez"
_MALFORMED = (
    AttributeError,
    CorruptFileError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
_CHECK = r"[0-9a-f]{8}"


class PartFile(NamedTuple):
    """One of the files.

    Attributes:
        file: Its name in the folder.
        size: Its bytes.
        counts: How many images each of its chunks has.
        checks: The check of each chunk's record, as 8 hexadecimal digits.
    """

    file: str
    size: int
    counts: tuple[int, ...]
    checks: tuple[str, ...]

    @classmethod
    def of(cls, file: str, data: bytes) -> "PartFile":
        """What an index says of a file with these bytes. Raises as `ContainerReader`."""
        reader = ContainerReader(io.BytesIO(data))
        checks = tuple(map(reader.check_of, range(len(reader.counts))))
        return cls(file, len(data), tuple(reader.counts), checks)

    def fields(self) -> dict[str, Any]:
        """As it stands in an index."""
        chunks = [list(pair) for pair in zip(self.counts, self.checks, strict=True)]
        return {"file": self.file, "bytes": self.size, "chunks": chunks}

    @classmethod
    def from_fields(cls, fields: Any) -> "PartFile":
        """Read what `fields` gave. Raises ValueError, KeyError or TypeError."""
        file, size, chunks = fields["file"], fields["bytes"], fields["chunks"]
        counts = tuple(count for count, _ in chunks)
        checks = tuple(check for _, check in chunks)
        whole = [type(n) is int and 1 <= n <= MAX_CHUNK_IMAGES for n in counts]
        named = re.fullmatch(_FILE, file) and all(re.fullmatch(_CHECK, check) for check in checks)
        if not (named and all(whole) and type(size) is int and 0 < size <= MAX_PART_BYTES):
            raise ValueError("malformed")
        return cls(file, size, counts, checks)


class PartIndex(NamedTuple):
    """What makes one archive of some parts.

    Attributes:
        ids: The ids of the models, 8 bytes each.
        titles: What people call each model; empty strings where that is not known.
        named: Whether images have names.
        labels: What the labels of the images are, or None.
        parts: The parts in their order.
        splits: Runs of images that together are all, or none.
    """

    ids: tuple[bytes, ...]
    titles: tuple[str, ...]
    named: bool
    labels: LabelType | None
    parts: tuple[PartFile, ...]
    splits: tuple[Split, ...] = ()

    def pack(self) -> bytes:
        """The bytes of the index."""
        import json

        header = Header(self.ids, self.named, (), SEALED, self.titles, self.labels)
        fields = {
            "format": _FORMAT,
            "version": _VERSION,
            "header": _text(header.pack()),
            "splits": _text(pack_splits(self.splits)) if self.splits else "",
            "parts": [part.fields() for part in self.parts],
        }
        return json.dumps({**fields, "check": _check(fields)}, indent=1).encode("ascii")

    @classmethod
    def unpack(cls, data: bytes) -> "PartIndex":
        """Read an index.

        Raises:
            CorruptFileError: It is damaged.
            UnsupportedFileError: It is of a later version.
        """
        import json

        try:
            return cls._from_fields(json.loads(data))
        except _MALFORMED as error:
            raise CorruptFileError(f"the index {INDEX_NAME} is damaged") from error

    @classmethod
    def _from_fields(cls, fields: Any) -> "PartIndex":
        if fields.pop("check") != _check(fields) or fields["format"] != _FORMAT:
            raise ValueError("damaged")
        if fields["version"] != _VERSION:
            raise UnsupportedFileError(f"the index {INDEX_NAME} is of a later version: update")
        head, body = (_bytes(fields[name]) for name in ("header", "splits"))
        header, end = read_header(head)
        splits = unpack_splits(body) if body else ()
        parts = tuple(map(PartFile.from_fields, fields["parts"]))
        if end != len(head) or header.version != SEALED or header.sizes:
            raise ValueError("malformed")
        images = sum(sum(part.counts) for part in parts)
        if splits and sum(run.images for run in splits) != images:
            raise ValueError("malformed")
        named = bool(header.images)
        return cls(header.ids, header.titles, named, header.labels, parts, splits)


# JSON and base64 are loaded where an index is, which few files have


def _text(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    import base64

    return base64.b64decode(text, validate=True)


def _check(fields: dict[str, Any]) -> str:
    """SHA-256 of all else: of JSON without spaces, its keys in order."""
    import json

    text = json.dumps(fields, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
