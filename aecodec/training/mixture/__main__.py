"""Build the images that the family `any` is trained on.

python -m aecodec.training.mixture FOLDER MNIST FASHION_MNIST OUT

FOLDER keeps the packages, which apt-get downloads (2.4 GB). MNIST and FASHION_MNIST are data
sets as `aecodec train` takes them. Writes OUT/any.npz with `x_train`, `x_val` (N, 28, 28), their
sorts `y_train`, `y_val` (N,) and the names of the `sorts`, and OUT/sources.txt.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.batch import atomic_file
from aecodec.images import Images
from aecodec.training.data import load_split
from aecodec.training.mixture.build import SORTS, Source, sources
from aecodec.training.mixture.packages import licences

SEED = 1
LICENCES = {"script": "this project's", "mnist": "CC BY-SA 3.0", "fashion-mnist": "MIT"}
DATA_SETS = {"mnist": (12_000, 500), "fashion-mnist": (12_000, 500)}
NAMES = (*SORTS, *DATA_SETS)


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
    held, held_sorts, known = _gather([s for s in made if s.held_out], set())
    images, image_sorts, _ = _gather([s for s in made if not s.held_out], known)
    with atomic_file(out / "any.npz", overwrite=True) as file:
        np.savez_compressed(
            file,
            x_train=images,
            y_train=image_sorts,
            x_val=held,
            y_val=held_sorts,
            sorts=np.array(NAMES),
        )
    print(f"{out / 'any.npz'}: {len(images):,} images to train on, {len(held):,} to validate on")


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


def _gather(made: list[Source], known: set[bytes]) -> tuple[Images, NDArray[np.uint8], set[bytes]]:
    """The images of some sources in a random order, each once, and their sorts.

    Images that are `known` are left out. The third of the result is what is known then.
    """
    images: Images = np.concatenate([s.images for s in made])
    sorts = np.concatenate([np.full(len(s.images), NAMES.index(s.sort), np.uint8) for s in made])
    seen = set(known)
    new = np.zeros(len(images), bool)
    for number, image in enumerate(images):
        data = image.tobytes()
        new[number] = data not in seen
        seen.add(data)
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(new))
    return images[order], sorts[order], seen


if __name__ == "__main__":
    main()
