"""Our own models as peers, through whole .aez files, and which family of them fits the images."""

import io

from aecodec import compress, decompress
from aecodec.bench.peers import OURS, Peer, Skipped, spread
from aecodec.container import ContainerReader
from aecodec.distortion import squared_errors
from aecodec.errors import AecodecError
from aecodec.images import Images
from aecodec.levels import DEFAULTS
from aecodec.library import Codec, families, find_path, levels_of, load_codec

JUDGED = 64  # images by which families are compared

Levels = dict[str, Peer]


def find_ours(
    images: Images, model: str | None = None, *, everybody: bool = False
) -> tuple[list[Peer], list[Skipped]]:
    """The models to measure, those of the family that fits the images first.

    Args:
        images: uint8 (N, 28, 28), at least one.
        model: A family, or the one model to take, by name, id or path.
        everybody: Take every family; by default only the one that fits.

    Returns:
        The models, a family after the other in the order of their levels; and those that are
        damaged, which are left out.

    Raises:
        UnknownModelError: There is no such model.
        InvalidModelError: The one that was named is damaged.
        UnsupportedFileError: The one that was named was made for a later version.
    """
    if model is not None and not levels_of(model):
        return [_tried(aecodec_peer(load_codec(find_path(model))), images)], []
    sound: dict[str, Levels] = {}
    skipped = []
    for family in families() if model is None else [model]:
        for level, path in levels_of(family).items():
            try:
                peer = _tried(aecodec_peer(load_codec(path)), images)
                sound.setdefault(family, {})[level] = peer
            except (AecodecError, OSError) as error:
                skipped.append(Skipped(path.stem, str(error)))
    if not sound:
        return [], skipped
    first = _fitting(sound, spread(images, JUDGED))
    taken = [first, *(f for f in sound if f != first)] if everybody else [first]
    return [peer for family in taken for peer in sound[family].values()], skipped


def _tried(peer: Peer, images: Images) -> Peer:
    peer.encode(images[:1])  # a model without an encoder is sound and still of no use here
    return peer


def _fitting(sound: dict[str, Levels], images: Images) -> str:
    """The family of the least squared error at a level that all of them have, if there is one."""
    common = set.intersection(*(set(levels) for levels in sound.values()))

    def error(family: str) -> int:
        levels = sound[family]
        level = next((x for x in DEFAULTS if x in (common or levels)), next(iter(levels)))
        decoded = levels[level].decode(levels[level].encode(images))
        return int(squared_errors(images, decoded).sum())

    return min(sound, key=error) if len(sound) > 1 else next(iter(sound))


def aecodec_peer(model: Codec) -> Peer:
    """A model of ours as a peer.

    Args:
        model: The model.

    Returns:
        The peer, which makes and takes whole .aez files.
    """
    path = str(model.path)
    family, _, level = model.name.rpartition("-")
    return Peer(
        f"aecodec {model.name}",
        lambda images: compress(images, model=path),
        lambda data: decompress(data, model=path),
        OURS,
        codec=f"aecodec {family or model.name}",
        setting=level,
        side_bytes=model.file_bytes,
        model=model,
    )


def payload_bytes(peer: Peer, data: bytes) -> int:
    """How many of a result's bytes are coded images and not container."""
    if peer.model is None:
        return len(data)
    reader = ContainerReader(io.BytesIO(data))
    chunks = (reader.read(i) for i in range(len(reader.places)))
    return sum(len(payload) for chunk in chunks for payload in chunk.payloads)
