"""One image out of an archive, by number, without decoding the rest."""

import tempfile
from pathlib import Path

import numpy as np

import aecodec

DIGITS = Path(__file__).parent / "digits"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.aez")
        aecodec.compress_file(DIGITS, path)
        with aecodec.open(path) as archive:
            names = list(archive.names())
            image = archive[42]
            print(f"{len(archive)} images; number 42 is {names[42]}, mean grey {image.mean():.1f}")
            assert np.array_equal(image, archive[42 - len(archive)])


if __name__ == "__main__":
    main()
