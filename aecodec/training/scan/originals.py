"""The originals of training images: how they were reduced, and what they were."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from aecodec.images import SIDE, Images
from aecodec.kinds import DEFAULT_EFFORT
from aecodec.kinds.scan import OriginalSearch, Resampling, largest_side
from aecodec.training.checkpoint import Checkpoint
from aecodec.training.progress import Progress
from aecodec.training.scan.patterns import start_patterns

SAMPLE = 64  # images on which ways of reduction are tried
FEW = 16  # of these, without any of which a way is given up
LEAST_SHARE = 0.25  # of the sample that must have originals
ENOUGH = 0.9  # where so much of it has, no other way is tried
SHRINKS = (990, 1000)
PART = 1000  # images between two checkpoints
COUNTED = 2000  # originals whose patterns are counted

Bits = NDArray[np.uint8]


def find_resampling(images: Images) -> Resampling | None:
    """How images were reduced from black-and-white originals; None where that is not how.

    Args:
        images: uint8 (N, 28, 28).
    """
    sample = images[:: max(1, len(images) // SAMPLE)][:SAMPLE]
    box = _box(sample)
    if box is None:
        return None
    shares = {}
    for shrink, rounding in product(SHRINKS, range(3)):
        tried = Resampling(box, shrink, rounding, largest_side(box))
        shares[tried] = _share(sample, tried)
        if shares[tried] >= ENOUGH:
            return tried
    best = max(shares, key=lambda tried: shares[tried])
    return best if shares[best] >= LEAST_SHARE else None


def _share(sample: Images, tried: Resampling) -> float:
    """The share of images that have originals; 0 where none of the first few has."""
    search, found = OriginalSearch(tried, start_patterns()), 0
    for part in (sample[:FEW], sample[FEW:]):
        found += sum(bits is not None for bits in search.find(part, DEFAULT_EFFORT))
        if not found:
            return 0
    return found / len(sample)


def _box(sample: Images) -> int | None:
    """The longer side of the ink, if it is the same in most images."""
    longest = Counter[int]()
    for image in sample:
        spans = [np.flatnonzero(image.any(axis)) for axis in (0, 1)]
        if len(spans[0]):
            longest[max(int(span[-1] - span[0]) + 1 for span in spans)] += 1
    if not longest:
        return None
    side, count = longest.most_common(1)[0]
    return side if 8 <= side <= SIDE and 2 * count >= len(sample) else None


def find_originals(
    images: Images,
    resampling: Resampling,
    patterns: NDArray[np.uint8],
    checkpoint: Checkpoint,
    progress: Progress,
) -> list[Bits | None]:
    """Find the originals of images, going on where the checkpoint ends."""
    search = OriginalSearch(resampling, patterns)
    kept = checkpoint.load() or {"sides": np.zeros(0, np.int64), "bits": np.zeros(0, np.uint8)}
    sides, packed = kept["sides"], [kept["bits"]]
    for begin in range(len(sides), len(images), PART):
        progress.busy(f"finding the originals of images {begin:,} to {len(images):,}")
        found = search.find(images[begin : begin + PART], DEFAULT_EFFORT)
        sides = np.append(sides, [0 if bits is None else len(bits) for bits in found])
        packed += [np.packbits(bits) for bits in found if bits is not None]
        checkpoint.save({"sides": sides, "bits": np.concatenate(packed)})
    return _unpacked(sides.tolist(), np.concatenate(packed))


def _unpacked(sides: Sequence[int], packed: NDArray[np.uint8]) -> list[Bits | None]:
    found: list[Bits | None] = []
    begin = 0
    for side in sides:
        size = -(-side * side // 8)
        bits = np.unpackbits(packed[begin : begin + size], count=side * side)
        found.append(bits.reshape(side, side) if side else None)
        begin += size
    return found
