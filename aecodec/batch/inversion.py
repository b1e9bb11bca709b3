"""Whether images look inverted: dark on light, where the models know light on dark."""

from collections.abc import Sequence

import numpy as np

from aecodec.distortion import squared_errors
from aecodec.images import Images
from aecodec.selection import Plan, choose_each

FAR_BETTER = 3  # times less error: an outlier that is not inverted gains far less
MOST = 64


def looks_inverted(plans: Sequence[Plan], samples: Sequence[tuple[Images, int]]) -> bool:
    """Tell whether most of some outliers are coded far better when they are inverted.

    Args:
        plans: The plans that compete for images.
        samples: Images, uint8 (28, 28), with their squared errors as they were coded.
    """
    samples = samples[:MOST]
    if not samples:
        return False
    images = np.stack([np.invert(image) for image, _ in samples])
    numbers, _ = choose_each(plans, images)
    better = 0
    for image, number, (_, error) in zip(images, numbers, samples, strict=True):
        _, decoded = plans[number].encode(image[None])
        better += bool(squared_errors(image[None], decoded)[0] * FAR_BETTER < error)
    return 2 * better > len(samples)
