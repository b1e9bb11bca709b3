"""One image to a few bytes and back, in memory."""

from pathlib import Path

import numpy as np
from PIL import Image

import aecodec

DIGIT = Path(__file__).parent / "digits" / "7_00.png"


def main() -> None:
    image = np.asarray(Image.open(DIGIT))
    data = aecodec.compress(image)
    rebuilt = aecodec.decompress(data)[0]
    error = np.mean((image / 255 - rebuilt / 255) ** 2)
    print(f"{DIGIT.stat().st_size} bytes as PNG, {len(data)} as .aez, MSE {error:.4f}")
    assert len(data) <= 28
    assert rebuilt.shape == (28, 28)


if __name__ == "__main__":
    main()
