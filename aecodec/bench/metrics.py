"""Distortion: mean squared error, PSNR and SSIM of decoded images."""

import math

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import squared_errors
from aecodec.images import PIXELS, Images


def mse_per_image(images: Images, decoded: Images) -> NDArray[np.float64]:
    """Mean squared error a pixel on the [0, 1] scale, float64 (N,)."""
    return squared_errors(images, decoded) / (PIXELS * 255.0**2)


def psnr(mse: float) -> float | None:
    """Peak signal-to-noise ratio in dB; None where nothing differs."""
    return -10 * math.log10(mse) if mse > 0 else None


def ssim(images: Images, decoded: Images) -> float | None:
    """Mean structural similarity (Wang et al. 2004), 7x7 windows; None without scikit-image."""
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        return None
    pairs = zip(images, decoded, strict=True)
    return float(np.mean([structural_similarity(a, b, data_range=255) for a, b in pairs]))
