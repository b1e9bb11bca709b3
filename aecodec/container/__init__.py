"""The bytes of an .aez file: header, chunks, index and checks. Knows no networks and no pixels."""

from typing import TYPE_CHECKING

from aecodec.deferred import exports

if TYPE_CHECKING:
    from aecodec.container.archive_reader import ArchiveReader
    from aecodec.container.chunk import Chunk, moved
    from aecodec.container.extras import Split
    from aecodec.container.header import MAGIC
    from aecodec.container.labels import MAX_LABEL_VALUES, Label, LabelType
    from aecodec.container.names import NameOrder, check_name
    from aecodec.container.part_index import INDEX_NAME, PartFile, PartIndex
    from aecodec.container.parts import PartsReader
    from aecodec.container.reader import ContainerReader
    from aecodec.container.writer import ContainerWriter, Extras, Sink

__all__ = [
    "INDEX_NAME",
    "MAGIC",
    "MAX_LABEL_VALUES",
    "ArchiveReader",
    "Chunk",
    "ContainerReader",
    "ContainerWriter",
    "Extras",
    "Label",
    "LabelType",
    "NameOrder",
    "PartFile",
    "PartIndex",
    "PartsReader",
    "Sink",
    "Split",
    "check_name",
    "moved",
]

# what writes a file loads nothing that reads one
__getattr__ = exports(
    __name__,
    {
        "ArchiveReader": "archive_reader",
        "Chunk": "chunk",
        "moved": "chunk",
        "Split": "extras",
        "MAGIC": "header",
        "Label": "labels",
        "LabelType": "labels",
        "MAX_LABEL_VALUES": "labels",
        "NameOrder": "names",
        "check_name": "names",
        "INDEX_NAME": "part_index",
        "PartFile": "part_index",
        "PartIndex": "part_index",
        "PartsReader": "parts",
        "ContainerReader": "reader",
        "ContainerWriter": "writer",
        "Extras": "writer",
        "Sink": "writer",
    },
)
