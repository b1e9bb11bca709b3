"""Whether images look transposed: rows for columns, as EMNIST's files have them."""

import numpy as np
from numpy.typing import NDArray

from aecodec.batch.reports import spread
from aecodec.distortion import squared_errors
from aecodec.images import SIDE, Images
from aecodec.kinds import EFFORTS
from aecodec.selection import Plan, make_plan

FAR_BETTER = 1.25  # times less error: upright digits and clothes have at least 1.25 times more
FEWEST, MOST = 16, 32  # images that are looked at
_TASKS = 8


class Typical:
    """Some images of all, evenly spread over the tasks that they come from."""

    def __init__(self) -> None:
        self._kept: list[Images] = []
        self._tasks = 0
        self._step = 1

    def add(self, images: Images) -> None:
        """Take some images of the next task, uint8 (N, 28, 28)."""
        if self._tasks % self._step == 0:
            self._kept.append(images)
        self._tasks += 1
        if len(self._kept) > _TASKS:
            self._kept = self._kept[::2]
            self._step *= 2

    def sample(self) -> Images:
        """At most 32 images, evenly spread."""
        images = np.concatenate(self._kept) if self._kept else np.zeros((0, SIDE, SIDE), np.uint8)
        return spread(images, MOST)


def looks_transposed(plan: Plan, images: Images) -> bool:
    """Tell whether images are coded far better with rows and columns swapped.

    The model that the user named is asked; otherwise those that are taken unasked, of which an
    image has the better.

    Args:
        plan: How the images were coded.
        images: uint8 (N, 28, 28), not transposed yet; fewer than 16 tell nothing.
    """
    if len(images) < FEWEST:
        return False
    judges = plan if len(plan.models) == 1 and plan.bound is None else make_plan()
    turned = np.ascontiguousarray(images.transpose(0, 2, 1))
    return bool(_errors(judges, images).sum() > FAR_BETTER * _errors(judges, turned).sum())


def _errors(plan: Plan, images: Images) -> NDArray[np.int64]:
    """The least squared error of each image under the models of a plan."""
    coders = [plan.codec(number).coder for number in range(len(plan.models))]
    decoded = [coder.rebuild(coder.codes(images, EFFORTS[0])) for coder in coders]
    least: NDArray[np.int64] = np.min([squared_errors(images, one) for one in decoded], axis=0)
    return least
