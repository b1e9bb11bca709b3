"""Encode-time search of the transform kind: the latents with the least bits + lambda * error.

A search begins at the encoder network's guess. Leaps of several steps come first: a quadratic
model of the cost (`cost`, `slopes`) shows a way (`steps`), and parts of it are tried exactly.
Rounds of single steps follow, in which steps that help are also tried together. Only what costs
less is kept. Costs and model are exact integers, so every encoder takes the same path, and that
of an image does not depend on the others of its batch.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.integer import BLOCK_ROWS, Arrays
from aecodec.kinds.image_networks import GreyDecoder, centred, read_pixel_network
from aecodec.kinds.transform.cost import Cost, Int64s, Latents, Pixels, States
from aecodec.kinds.transform.prior import Prior
from aecodec.kinds.transform.steps import FAR


class Effort(NamedTuple):
    """How far to search.

    Attributes:
        leaps: How many leaps to try, as long as they help.
        longest: Of how many steps a leap is at most.
        parts: How many parts of it are tried: all, half of it, a quarter, ...
        curved: How many leaps know each image's own curvature; others know the mean one.
        rounds: How many rounds of single steps follow at most.
        tries: How many steps are tried in a round.
        patience: After how many steps in vain an image is finished.
    """

    leaps: int
    longest: int
    parts: int
    curved: int
    rounds: int = 0
    tries: int = 3
    patience: int = 3


EFFORTS = {
    1: Effort(leaps=1, longest=8, parts=4, curved=0),
    2: Effort(leaps=2, longest=32, parts=3, curved=1, rounds=6),
    3: Effort(leaps=8, longest=32, parts=4, curved=8, rounds=160, tries=4, patience=12),
}
BLOCK = BLOCK_ROWS // max(max(effort.parts, effort.tries) for effort in EFFORTS.values())
MANY = 7  # promising steps that make it worth while to find an image's own curvature


class LatentSearch:
    """Finds latents for images.

    Args:
        arrays: The network `encoder` (784 to d latents), and those of `Cost`.
        prior: The prior of the latents.
        decoder: Draws them.

    Raises:
        InvalidModelError: The arrays are unsound or do not fit the decoder.
    """

    def __init__(self, arrays: Arrays, prior: Prior, decoder: GreyDecoder) -> None:
        self._encoder = read_pixel_network(arrays, "encoder", prior.latents)
        if self._encoder.output_range != prior.range:
            raise InvalidModelError("the encoder's output is no symbol")
        self._cost = Cost(arrays, prior, decoder)
        self._range = prior.range
        steps = np.eye(prior.latents, dtype=np.float32)
        self._steps = np.concatenate([-steps, steps])

    def __call__(self, images: Images, effort: int) -> NDArray[np.int16]:
        """Find latents int16 (N, d) for uint8 (N, 28, 28), with one of EFFORTS."""
        pixels = images.reshape(-1, PIXELS)
        found = np.empty((len(pixels), self._steps.shape[1]), np.int16)
        for start in range(0, len(pixels), BLOCK):
            block = pixels[start : start + BLOCK]
            found[start : start + BLOCK] = self._block(block, EFFORTS[effort])
        return found

    def guess(self, pixels: Pixels) -> Latents:
        """The latents (N, d) that the encoder network gives for pixels (N, 784)."""
        return self._encoder(centred(pixels)).astype(np.float32)

    def _block(self, pixels: Pixels, effort: Effort) -> Latents:
        states = self._cost.states(pixels, self.guess(pixels))
        rows, latents = np.arange(len(pixels)), self._steps.shape[1]
        bends = np.broadcast_to(np.diag(self._cost.mean_bend), (len(pixels), latents, latents))
        if effort.curved:
            bends = bends.copy()
        for number in range(effort.leaps):
            if rows.size:
                curved = number < effort.curved
                rows = rows[self._leap(pixels, states, rows, bends, effort, curved=curved)]
        self._single_steps(pixels, states, np.diagonal(bends, axis1=1, axis2=2), effort)
        return states.latents

    def _leap(
        self,
        pixels: Pixels,
        states: States,
        rows: Int64s,
        bends: Int64s,
        effort: Effort,
        *,
        curved: bool,
    ) -> NDArray[np.bool_]:
        """Try parts of the way that the model shows; tell which of the rows that helped."""
        now = states[rows]
        outlook = self._cost.outlook(pixels[rows], now)
        if curved:
            promising = (outlook.changes(self._cost.mean_bend) < 0).sum(1)
            some = np.flatnonzero(promising >= MANY)
            if some.size:
                bends[rows[some]] = self._cost.bends(now[some])
        every = len(rows) == len(pixels)
        path, taken = outlook.paths(bends if every else bends[rows], effort.longest)
        ends = np.stack([-(-taken >> part) for part in range(effort.parts)], 1)
        new = ends > 0
        new[:, 1:] &= ends[:, 1:] < ends[:, :-1]
        owners, parts = np.nonzero(new)
        if not owners.size:
            return np.zeros(len(rows), bool)
        moved = now.latents[owners] + path[ends[owners, parts] - 1, owners]
        return self._keep_best(states, rows, owners, self._states(pixels, rows[owners], moved))

    def _single_steps(self, pixels: Pixels, states: States, bend: Int64s, effort: Effort) -> None:
        """Try the most promising steps of every image, until enough of them did not help.

        What a step changed other than was expected is expected of it from then on.
        """
        change = np.empty((len(pixels), len(self._steps)), np.int64)
        surprise, tried = np.zeros(change.shape, np.int64), np.zeros(change.shape, bool)
        rows = moved = np.arange(len(pixels))
        for _ in range(effort.rounds):
            if moved.size:
                outlook = self._cost.outlook(pixels[moved], states[moved])
                change[moved] = outlook.changes(bend[moved])
            hopes = np.where(tried[rows], FAR, change[rows] + surprise[rows])
            order = np.argsort(hopes, 1, kind="stable")[:, : effort.tries]
            won, found = self._try_steps(pixels, states, rows, order)
            at = rows[:, None], order
            surprise[at] = np.where(change[at] < FAR // 2, found - change[at], 0)
            tried[at] = True
            moved = rows[won]
            tried[moved] = False
            most = min(effort.patience, len(self._steps))
            rows = rows[tried[rows].sum(1) < most]
            if not rows.size:
                break

    def _try_steps(
        self, pixels: Pixels, states: States, rows: Int64s, order: Int64s
    ) -> tuple[NDArray[np.bool_], Int64s]:
        """Try steps (N, T) for some rows, and those that help together.

        Returns:
            Which of the rows that helped, and what each step changes.
        """
        before, owners = states[rows], np.repeat(np.arange(len(rows)), order.shape[1])
        moved = before.latents[owners] + self._steps[order.reshape(-1)]
        found = self._states(pixels, rows[owners], moved)
        changes = found.costs.reshape(order.shape) - before.costs[:, None]
        won = self._keep_best(states, rows, owners, found)
        several = np.flatnonzero((changes < 0).sum(1) > 1)
        if several.size:
            steps = (self._steps[order[several]] * (changes[several] < 0)[..., None]).sum(1)
            moved = before.latents[several] + steps
            found = self._states(pixels, rows[several], moved)
            self._keep_best(states, rows, several, found)
        return won, changes

    def _states(self, pixels: Pixels, rows: Int64s, latents: Latents) -> States:
        return self._cost.states(pixels[rows], np.clip(latents, *self._range))

    def _keep_best(
        self, states: States, rows: Int64s, owners: Int64s, found: States
    ) -> NDArray[np.bool_]:
        """Keep, for each owner among the rows, the cheapest of what was found, if it costs less."""
        order = np.lexsort((found.costs, owners))
        best = order[np.flatnonzero(np.diff(owners[order], prepend=-1))]
        best = best[found.costs[best] < states.costs[rows[owners[best]]]]
        states.put(rows[owners[best]], found, best)
        won = np.zeros(len(rows), bool)
        won[owners[best]] = True
        return won
