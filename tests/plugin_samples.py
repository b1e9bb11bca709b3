"""What the tests of several plugins compress: digits and their labels, by a tiny exact model."""

import numpy as np
from helpers import MODELS, ROOT
from PIL import Image

EXACT = str(MODELS / "pixels-p8.aem")
PATHS = sorted((ROOT / "examples/digits").glob("*.png"))[::4]
DIGITS = np.stack([np.asarray(Image.open(path).convert("L")) for path in PATHS])
LABELS = [int(path.name[0]) for path in PATHS]
