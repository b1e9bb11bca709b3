"""Files of a later version."""

from collections.abc import Iterator

import msgpack
from vectors.model_bytes import model_file
from vectors.pieces import MAGIC, UNNAMED, archive, crc, embedded, header, id_of, one_model
from vectors.tiny_models import K2


def unsupported() -> Iterator[tuple[str, bytes, str]]:
    coded = one_model(K2, 1, 1)
    for version in (0, 2, 255):
        prefix = MAGIC + bytes([version]) + header([K2], 1)[5:]
        data = prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded)
        yield f"version-{version}", data, f"Format version {version}."
    yield "version-2-other", MAGIC + b"\x02" + bytes(30), "Version 2 with all else unknown."
    prefix = MAGIC + b"\x01" + msgpack.packb([K2, 1, 7])
    yield (
        "header-3-fields",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A third field in the header.",
    )
    prefix = MAGIC + b"\x01" + msgpack.packb([K2, 1, bytes(300)])
    yield (
        "header-long-field",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A third field of 300 bytes in the header.",
    )
    prefix = header([K2], 1, [0])[:5] + msgpack.packb([K2, 1, [0], 7])
    yield (
        "header-4-fields",
        prefix + coded + crc(prefix + b"\x01" + bytes(4) + coded),
        "A fourth field in the header.",
    )
    future = model_file("future", {"a": ("u1", [1], [7])})[13:-8]
    yield (
        "embedded-kind-future",
        embedded(id_of(future), future),
        "An embedded model of kind future.",
    )
    for tag in (0, 3, 255):
        yield (
            f"tag-{tag}",
            archive([K2], False, UNNAMED, {1: tag}),
            f"A record of kind {tag} among the chunks; its check holds.",
        )
