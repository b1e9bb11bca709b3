"""Distortion: mean squared error, PSNR and SSIM of decoded images, and bounds of it."""

import math

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidArgumentError
from aecodec.images import PIXELS, Images

WINDOW = 7
BATCH = 1000


def mse_per_image(images: Images, decoded: Images) -> NDArray[np.float64]:
    """Mean squared error a pixel on the [0, 1] scale, float64 (N,)."""
    return squared_errors(images, decoded) / (PIXELS * 255.0**2)


def psnr(mse: float) -> float | None:
    """Peak signal-to-noise ratio in dB of a mean squared error; None where nothing differs.

    Example:
        >>> psnr(0.01)
        20.0
    """
    return -10 * math.log10(mse) if mse > 0 else None


def ssim(images: Images, decoded: Images) -> float:
    """Mean structural similarity of uint8 (N, 28, 28).

    Wang et al. 2004 with flat 7x7 windows and sample covariances, as scikit-image has it.
    """
    sums = [
        _ssim(images[i : i + BATCH], decoded[i : i + BATCH]).sum()
        for i in range(0, len(images), BATCH)
    ]
    return float(sum(sums) / len(images))


def _ssim(images: Images, decoded: Images) -> NDArray[np.float64]:
    """Structural similarity of each image, float64 (N,)."""
    x, y = images.astype(np.int64), decoded.astype(np.int64)
    count = WINDOW**2
    mean_x, mean_y = _window_sums(x) / count, _window_sums(y) / count
    spread = count / (count - 1)
    variance_x = spread * (_window_sums(x * x) / count - mean_x**2)
    variance_y = spread * (_window_sums(y * y) / count - mean_y**2)
    covariance = spread * (_window_sums(x * y) / count - mean_x * mean_y)
    a, b = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similarity = (2 * mean_x * mean_y + a) * (2 * covariance + b)
    similarity /= (mean_x**2 + mean_y**2 + a) * (variance_x + variance_y + b)
    return np.asarray(similarity.mean((1, 2)))


def _window_sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over all windows of (N, H, W), from an integral image: exact in integers."""
    total = np.pad(values.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    rows = total[:, WINDOW:] - total[:, :-WINDOW]
    return np.asarray(rows[:, :, WINDOW:] - rows[:, :, :-WINDOW])


def squared_errors(images: Images, decoded: Images) -> NDArray[np.int64]:
    """Sums of squared differences of uint8 (N, 28, 28), in grey levels, int64 (N,)."""
    difference = images.astype(np.int32) - decoded
    flat = difference.reshape(len(images), PIXELS)
    return np.asarray(np.einsum("ij,ij->i", flat, flat, dtype=np.int64))


def mean_squared_error(squared_error: int, images: int = 1) -> float:
    """Mean squared error a pixel on the [0, 1] scale, of a sum of squares in grey levels.

    Example:
        >>> mean_squared_error(784 * 255**2)
        1.0
    """
    return squared_error / (max(images, 1) * PIXELS * 255**2)


def squared_error_bound(max_mse: float | None = None, min_psnr: float | None = None) -> int | None:
    """The bound of a `Plan`.

    Args:
        max_mse: A mean squared error a pixel on the scale of 0 to 1.
        min_psnr: A peak signal-to-noise ratio in dB.

    Returns:
        The largest sum of squared differences of an image in grey levels that satisfies both;
        None where neither is given.

    Raises:
        InvalidArgumentError: No image has such an error.

    Example:
        >>> squared_error_bound(max_mse=0.1, min_psnr=5)
        5097960
    """
    if max_mse is not None and not 0 <= max_mse <= 1:
        hint = f". A PSNR in dB is min_psnr: did you mean {max_mse:g} dB?" if max_mse > 1 else ""
        raise InvalidArgumentError(
            f"max_mse (--max-mse) is a mean squared error from 0 to 1, not {max_mse!r}{hint}"
        )
    if min_psnr is not None and not 0 <= min_psnr < math.inf:
        raise InvalidArgumentError(
            f"min_psnr (--min-psnr) is a number of dB from 0 up, not {min_psnr!r}"
        )
    if max_mse is None and min_psnr is None:
        return None
    from decimal import Decimal  # slow to import, and few commands state a bound

    bounds = [Decimal(1)]
    if max_mse is not None:
        bounds.append(Decimal(str(max_mse)))
    if min_psnr is not None:
        bounds.append(Decimal(10) ** (Decimal(str(min_psnr)) / -10))
    return int(min(bounds) * PIXELS * 255**2)
