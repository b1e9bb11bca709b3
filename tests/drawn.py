"""Images that are drawn by a formula: patterns, ramps and few colours."""

import numpy as np
from helpers import Images

Y, X = np.mgrid[:28, :28]


def drawn() -> dict[str, Images]:
    """Patterns, ramps and images of few colours, by name."""
    rng = np.random.default_rng(1)
    greys = {
        "ramp": 9 * X,
        "diagonal": 4 * X + 5 * Y,
        "slope": 3.3 * X + 4.7 * Y,
        "radial": np.clip(12 * np.hypot(X - 13.5, Y - 13.5), 0, 255),
        "tile": np.tile(rng.integers(0, 256, (7, 7)), (4, 4)),
        "odd tile": np.tile(rng.integers(0, 256, (5, 9)), (6, 4))[:28, :28],
        "stripes": 255 * (X % 5 < 2),
        "board": 255 * ((X // 4 + Y // 4) % 2),
        "waves": 127 + 120 * np.sin(X / 3) * np.cos(Y / 4),
        "products": X * Y % 256,
        "two greys": 255 * rng.integers(0, 2, (28, 28)),
        "four greys": 85 * rng.integers(0, 4, (28, 28)),
        "sixteen greys": 17 * rng.integers(0, 16, (28, 28)),
        "flat": np.full((28, 28), 77),
        "noise": rng.integers(0, 256, (28, 28)),
    }
    return {name: values.astype(np.uint8) for name, values in greys.items()}


DRAWN = drawn()
