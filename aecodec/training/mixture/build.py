"""Put the mixture together: so many images of each sort, shared out among its packages."""

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecodec.images import SIDE, Images
from aecodec.training.arrays import Floats
from aecodec.training.mixture import drawn, glyphs, pictures, render, volumes
from aecodec.training.mixture.packages import Package, listed, unpack

Maker = Callable[[Path, int, np.random.Generator], Iterator[Floats]]


@dataclass(frozen=True)
class Sort:
    """A sort of images.

    Attributes:
        make: Yields images from a package's folder, about as many as asked for.
        train: How many of them to train on.
        validation: How many of them to validate on, from other packages.
    """

    make: Maker
    train: int
    validation: int


SORTS = {
    "printed": Sort(glyphs.printed, 44_000, 900),
    "handwritten": Sort(glyphs.handwritten, 13_000, 400),
    "icons": Sort(pictures.icons, 18_000, 500),
    "photographs": Sort(pictures.photographs, 30_000, 900),
    "textures": Sort(pictures.photographs, 6_000, 300),
    "screens": Sort(pictures.screens, 8_000, 300),
    "medical": Sort(volumes.medical, 14_000, 600),
    "strokes": Sort(drawn.strokes, 9_000, 300),
    "forms": Sort(drawn.forms, 6_000, 200),
    "fields": Sort(drawn.fields, 9_000, 300),
}
DRAWN = ("strokes", "forms", "fields")  # need no package


@dataclass(frozen=True)
class Source:
    """Where images come from: a package, or the script itself.

    Attributes:
        name: The package, or `script`.
        sort: A key of `SORTS`.
        held_out: Whether its images are for validation.
        images: uint8 (N, 28, 28), each once.
    """

    name: str
    sort: str
    held_out: bool
    images: Images


def sources(folder: Path, seed: int, workers: int) -> list[Source]:
    """Make the images of every source; packages are downloaded to `folder`.

    The same versions of packages and libraries give the same images, whatever the workers.
    """
    packages = listed()
    for package in packages:
        unpack(package, folder)
    jobs = [
        (folder, name, sort, held, count, seed)
        for name, sort, held, count in _counts(packages, folder)
    ]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_make, *zip(*jobs, strict=True)))


def _counts(packages: list[Package], folder: Path) -> Iterator[tuple[str, str, bool, int]]:
    """How many images each source is to give: as the square root of the files that it has."""
    for name, sort in SORTS.items():
        for held in (False, True):
            count = sort.validation if held else sort.train
            if name in DRAWN:
                yield "script", name, held, count
                continue
            members = [p for p in packages if p.sort == name and p.held_out == held]
            weights = np.sqrt([_files(p, folder) for p in members])
            shares = np.rint(count * weights / weights.sum()).astype(int)
            for package, share in zip(members, shares, strict=True):
                yield package.name, name, held, int(share)


def _files(package: Package, folder: Path) -> int:
    """How many files of a package the images are made from, at most 400 counted."""
    if package.sort == "medical":
        return 1
    find = glyphs.files if package.sort in ("printed", "handwritten") else pictures.files
    return min(400, len(find(folder / package.name)))


def _make(folder: Path, name: str, sort: str, held: bool, count: int, seed: int) -> Source:
    rng = np.random.default_rng([seed, zlib.crc32(f"{name} {sort} {held}".encode())])
    seen: set[bytes] = set()
    kept = []
    for grey in SORTS[sort].make(folder / name, count, rng):
        image = render.to_bytes(grey)
        if image.min() < image.max() and (data := image.tobytes()) not in seen:
            seen.add(data)
            kept.append(image)
        if len(kept) == count:
            break
    images = np.array(kept, np.uint8).reshape(-1, SIDE, SIDE)
    return Source(name, sort, held, images)
