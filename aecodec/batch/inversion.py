"""Whether images look inverted: dark on light, where the models know light on dark."""

from collections.abc import Sequence

import numpy as np

from aecodec.distortion import squared_errors
from aecodec.images import Images
from aecodec.selection import Plan

FAR_BETTER = 3  # times less error: an outlier that is not inverted gains far less
MOST = 64


def looks_inverted(plan: Plan, samples: Sequence[tuple[Images, int]]) -> bool:
    """Tell whether most of some images that no model knows are known once they are inverted.

    Where a level is named, tell whether most are coded far better then.

    Args:
        plan: Chooses the model of each image.
        samples: Images, uint8 (28, 28), with their squared errors as they were coded.
    """
    samples = samples[:MOST]
    if not samples:
        return False
    images = np.stack([np.invert(image) for image, _ in samples])
    if plan.keep:
        better = plan.knows(images)
    else:
        _, decoded = plan.encode(images)
        errors = np.array([error for _, error in samples])
        better = squared_errors(images, decoded) * FAR_BETTER < errors
    return bool(2 * better.sum() > len(samples))
