"""Build the images that the family `any` is trained on.

python -m aecodec.training.mixture FOLDER MNIST FASHION_MNIST OUT

FOLDER keeps the packages, which apt-get downloads (2.4 GB). MNIST and FASHION_MNIST are data
sets as `aecodec train` takes them. Writes OUT/train.npz and OUT/valid.npz, each with `images`
(N, 28, 28), `sort` (N,) and the names of the `sorts`, and OUT/sources.txt.
"""

import argparse
from pathlib import Path

import numpy as np

from aecodec.images import Images
from aecodec.training.data import load_split
from aecodec.training.mixture.build import SORTS, Source, sources
from aecodec.training.mixture.packages import licences

SEED = 1
LICENCES = {"script": "this project's", "mnist": "CC BY-SA 3.0", "fashion-mnist": "MIT"}
DATA_SETS = {"mnist": (12_000, 500), "fashion-mnist": (12_000, 500)}


def main() -> None:
    """Build, drop duplicates, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in ("folder", "mnist", "fashion_mnist", "out"):
        parser.add_argument(name)
    parser.add_argument("-j", dest="workers", type=int, default=2)
    options = parser.parse_args()
    folder, out = Path(options.folder), Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    made = sources(folder, SEED, options.workers)
    for name, path in zip(DATA_SETS, (options.mnist, options.fashion_mnist), strict=True):
        made += _data_set(name, path)
    lines = [_line(source, folder) for source in made]
    (out / "sources.txt").write_text("\n".join(lines) + "\n")
    known = _write(out / "valid.npz", [s for s in made if s.held_out], set())
    _write(out / "train.npz", [s for s in made if not s.held_out], known)


def _line(source: Source, folder: Path) -> str:
    """A source for the list: its name, sort, use, images and licences, tabs between."""
    terms = LICENCES.get(source.name) or licences(source.name, folder)
    use = "validation" if source.held_out else "train"
    return "\t".join((source.name, source.sort, use, str(len(source.images)), terms))


def _data_set(name: str, path: str) -> list[Source]:
    """Some training images of a data set, and some of those that `train` validates on."""
    rng = np.random.default_rng(SEED)
    parts = load_split(path)
    train, validation = DATA_SETS[name]
    return [
        Source(name, name, held, images[np.sort(rng.permutation(len(images))[:count])])
        for images, count, held in (
            (parts.train, train, False),
            (parts.validation, validation, True),
        )
    ]


def _write(path: Path, made: list[Source], known: set[bytes]) -> set[bytes]:
    """Write the images of some sources, in a random order, without those that are known."""
    names = [*SORTS, *DATA_SETS]
    images: Images = np.concatenate([s.images for s in made])
    sort = np.concatenate([np.full(len(s.images), names.index(s.sort), np.uint8) for s in made])
    seen = set(known)
    new = np.zeros(len(images), bool)
    for number, image in enumerate(images):
        data = image.tobytes()
        new[number] = data not in seen
        seen.add(data)
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(new))
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez_compressed(file, images=images[order], sort=sort[order], sorts=np.array(names))
    partial.rename(path)
    print(f"{path}: {len(order):,} images")
    return seen


if __name__ == "__main__":
    main()
