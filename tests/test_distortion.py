import numpy as np
import pytest
from helpers import pattern

from aecodec.distortion import mse_per_image, psnr, ssim


def test_metrics_are_those_of_the_textbook() -> None:
    structural_similarity = pytest.importorskip("skimage.metrics").structural_similarity
    images, decoded = pattern(4), pattern(4, 9)
    expected = ((images / 255.0 - decoded / 255.0) ** 2).mean((1, 2))
    assert mse_per_image(images, decoded) == pytest.approx(expected)
    assert psnr(0.01) == pytest.approx(20)
    assert psnr(0) is None
    pairs = zip(images, decoded, strict=True)
    theirs = np.mean([structural_similarity(a, b, data_range=255) for a, b in pairs])
    assert ssim(images, decoded) == pytest.approx(theirs)
    assert ssim(images, images) == pytest.approx(1)
