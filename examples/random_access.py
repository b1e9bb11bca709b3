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
            image = archive[42]
            name = archive.names[42]
            print(f"{len(archive)} images; number 42 is {name}, mean grey {image.mean():.1f}")
            assert np.array_equal(image, archive[name])
            assert np.array_equal(image, archive[40:50][2])


if __name__ == "__main__":
    main()
