"""A classifier of digits in plain NumPy: its accuracy on decoded images shows what coding changed.

It measures and codes nothing, so floats are fine here. Its weights are trained by
`aecodec.training.digit_classifier`.
"""

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aecodec.images import Images

WEIGHTS = Path(__file__).with_name("classifier.npz")
BATCH = 250
Floats = NDArray[np.float32]


class DigitClassifier:
    """A convolutional network (LeCun et al. 1998) with int8 weights and a scale for each output.

    It was trained on MNIST's training digits without those held back for validation.

    Args:
        path: Its weights, an npz file.
    """

    strides = (2, 1, 2)  # of the convolutions, none of them padded

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        self._layers: list[tuple[Floats, Floats]] = [
            (arrays[f"{name}.weights"] * arrays[f"{name}.scale"], arrays[f"{name}.bias"])
            for name in sorted({key.partition(".")[0] for key in arrays})
        ]

    def classify(self, images: Images) -> NDArray[np.int64]:
        """Classify images.

        Args:
            images: uint8 (N, 28, 28), white on black as MNIST's.

        Returns:
            The most likely digit of each, int64 (N,).
        """
        parts = [images[i : i + BATCH] for i in range(0, len(images), BATCH)]
        return np.concatenate([self._logits(part).argmax(1) for part in parts])

    def _logits(self, images: Images) -> Floats:
        x: Floats = (images[..., None] / 255).astype(np.float32)
        for stride, (weights, bias) in zip(self.strides, self._layers, strict=False):
            x = _convolve(x, weights, bias, stride)
        x = x.reshape(len(x), -1)
        for weights, bias in self._layers[len(self.strides) :]:
            x = np.maximum(x, 0) @ weights + bias  # what convolutions return is not negative
        return x


def _convolve(x: Floats, weights: Floats, bias: Floats, stride: int) -> Floats:
    """Convolve (N, H, W, C) with (K, K, C, M) into (N, H', W', M), then relu."""
    size = weights.shape[0]
    windows = sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    count, high, wide = windows.shape[:3]
    rows = windows.transpose(0, 1, 2, 4, 5, 3).reshape(count * high * wide, -1)
    y = rows @ weights.reshape(rows.shape[1], -1) + bias
    return np.asarray(np.maximum(y, 0)).reshape(count, high, wide, -1)
