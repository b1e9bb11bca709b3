"""What a model file tells of the images that its model codes well."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.distortion import squared_errors
from aecodec.images import Images


def validation_statistics(validation: Images, decoded: Images) -> dict[str, NDArray[Any]]:
    """Percentiles of the squared error of validation images, by which outliers are told.

    Args:
        validation: uint8 (N, 28, 28).
        decoded: The same images as the coder decodes them.

    Returns:
        `stats.validation_sse`, uint32: the 50th, 99th, 99.9th and 100th percentile.
    """
    errors = squared_errors(validation, decoded)
    levels = np.percentile(errors, [50, 99, 99.9, 100], method="higher")
    return {"stats.validation_sse": levels.astype(np.uint32)}
