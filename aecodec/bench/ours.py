"""Our own models as peers, through whole .aez files, and which family of them fits the images."""

import io
from functools import cache, reduce

from aecodec import compress, decompress
from aecodec.bench.peers import OURS, Peer, Skipped, spread
from aecodec.container import ContainerReader
from aecodec.distortion import squared_errors
from aecodec.errors import AecodecError
from aecodec.images import Images
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.levels import preference
from aecodec.library import (
    GENERAL_FAMILY,
    Codec,
    families,
    find_path,
    levels_of,
    load_codec,
)

JUDGED = 64  # images by which families are compared

Levels = dict[str, Peer]


def find_ours(
    images: Images, model: str | None = None, *, everybody: bool = False
) -> tuple[list[Peer], list[Skipped]]:
    """The models to measure, those of the family that fits the images first.

    Args:
        images: uint8 (N, 28, 28), at least one.
        model: A family, or the one model to take, by name, id or path.
        everybody: Take every family; by default the one that fits and `any`.

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
    sorts = {family: levels for family, levels in sound.items() if family != GENERAL_FAMILY}
    first = fitting_family(sorts or sound, spread(images, JUDGED))
    others = [f for f in sound if f != first and (everybody or f == GENERAL_FAMILY)]
    return [peer for family in [first, *others] for peer in sound[family].values()], skipped


def _tried(peer: Peer, images: Images) -> Peer:
    peer.encode(images[:1])  # a model without an encoder is sound and still of no use here
    return peer


def fitting_family(sound: dict[str, Levels], images: Images) -> str:
    """Find the family that fits images: the least squared error, then the fewest bytes.

    Families are compared two by two at a level that both have, best at an exact one, which is fair
    whatever the rates of the others are. Without a common level each has the one that it prefers.

    Args:
        sound: The levels of each family, at least one.
        images: uint8 (N, 28, 28).
    """

    @cache
    def cost(family: str, level: str) -> tuple[int, int]:
        peer = sound[family][level]
        data = peer.encode(images)
        return int(squared_errors(images, peer.decode(data)).sum()), len(data)

    def better(one: str, other: str) -> str:
        common = [level for level in sound[one] if level in sound[other]]
        exact = [x for x in common if sound[one][x].lossless and sound[other][x].lossless]

        def judged(family: str) -> tuple[int, int]:
            return cost(family, min(exact or common or sound[family], key=preference))

        return min((one, other), key=judged)

    return reduce(better, sound)


def our_codec(family: str) -> str:
    """What the rows of a family share."""
    return f"aecodec {family}"


def aecodec_peer(model: Codec, effort: int = DEFAULT_EFFORT) -> Peer:
    """A model of ours as a peer.

    Args:
        model: The model.
        effort: How long it searches for good codes.

    Returns:
        The peer, which makes and takes whole .aez files.
    """
    path = str(model.path)
    family, _, level = model.name.rpartition("-")
    return Peer(
        f"aecodec {model.name}",
        lambda images: compress(images, model=path, effort=effort),
        lambda data: decompress(data, model=path),
        OURS,
        codec=our_codec(family or model.name),
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
