"""Encode-time search of the transform kind: the latents with the least bits + lambda * error.

A search begins at the encoder network's guess. Leaps of several steps come first: a quadratic
model of the cost (`cost`, `slopes`) shows a way (`steps`), and parts of it are tried exactly.
Rounds of single steps follow. Only what costs less is kept. Costs and model are exact integers, so
every encoder takes the same path, and that of an image does not depend on the others of its batch.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import InvalidModelError
from aecodec.images import PIXELS, Images
from aecodec.integer import BLOCK_ROWS, Arrays
from aecodec.kinds.image_networks import GreyDecoder, centred, read_pixel_network
from aecodec.kinds.transform.cost import COST_BITS, Cost, Int64s, Latents, Pixels, States
from aecodec.kinds.transform.prior import Prior
from aecodec.kinds.transform.steps import FAR, Forecast, Outlook


class Effort(NamedTuple):
    """How far to search.

    Attributes:
        leaps: How many leaps to try, as long as they help.
        bits: A leap is of at most one step for so many bits that the image takes, and of one.
        parts: How many parts of it are tried: all, half of it, a quarter, ...
        worth: An image's own curvature is found where single steps promise one part in 2^worth of
            its cost; None: only the mean one is known.
        rounds: How many rounds of single steps follow at most.
        trust: After how many steps that helped the model is made anew, where not before.
        patience: After how many steps in vain an image is finished.
        promise: An image is finished where no step promises one part in 2^promise of its cost;
            None: steps are tried that promise nothing too.
    """

    leaps: int
    bits: int
    parts: int
    worth: int | None
    rounds: int = 0
    trust: int = 1
    patience: int = 1
    promise: int | None = None


class Found(NamedTuple):
    """Latents of N images, and what coding and drawing them takes.

    Attributes:
        latents: int16 (N, d).
        starts: Their first slots, int64 (N, d).
        frequencies: Their frequencies, int64 (N, d).
        images: What they draw, uint8 (N, 28, 28).
    """

    latents: NDArray[np.int16]
    starts: Int64s
    frequencies: Int64s
    images: Images


EFFORTS = {
    1: Effort(leaps=1, bits=24, parts=1, worth=None),
    2: Effort(leaps=2, bits=1, parts=1, worth=3, rounds=4, trust=3, patience=3, promise=7),
    3: Effort(leaps=8, bits=1, parts=2, worth=6, rounds=400, trust=1, patience=12),
}


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
        self._prior, self._decoder = prior, decoder
        steps = np.eye(prior.latents, dtype=np.float32)
        self._steps = np.concatenate([-steps, steps])

    def __call__(self, images: Images, effort: int) -> Found:
        """Find latents for uint8 (N, 28, 28), with one of EFFORTS."""
        pixels, shape = images.reshape(-1, PIXELS), (len(images), self._steps.shape[1])
        starts, frequencies = np.empty((2, *shape), np.int64)
        found = Found(np.empty(shape, np.int16), starts, frequencies, np.empty_like(images))
        size = BLOCK_ROWS // max(EFFORTS[effort].parts, 2)
        for start in range(0, len(pixels), size):
            rows = slice(start, start + size)
            states = self._block(pixels[rows], EFFORTS[effort])
            found.latents[rows] = states.latents
            found.images[rows] = self._decoder.draw(states.drawn[-1])
            symbols = self._prior.symbols(states.latents)
            intervals = self._prior.intervals_of(states.thought[-1], symbols)
            found.starts[rows], found.frequencies[rows] = intervals
        return found

    def guess(self, pixels: Pixels) -> Latents:
        """The latents (N, d) that the encoder network gives for pixels (N, 784)."""
        return self._encoder(centred(pixels)).astype(np.float32)

    def _block(self, pixels: Pixels, effort: Effort) -> States:
        states = self._cost.states(pixels, self.guess(pixels))
        rows, latents = np.arange(len(pixels)), self._steps.shape[1]
        bends = np.broadcast_to(np.diag(self._cost.mean_bend), (len(pixels), latents, latents))
        if effort.worth is not None:
            bends = bends.copy()
        outlook = self._cost.outlook(pixels, states)
        for left in reversed(range(effort.leaps)):
            rows = rows[self._leap(pixels, states, rows, outlook, bends, effort)]
            if not rows.size:
                break
            if left or effort.rounds:
                outlook.put(rows, self._cost.outlook(pixels[rows], states[rows]))
        if effort.rounds:
            self._single_steps(pixels, states, outlook, bends, effort)
        return states

    def _leap(
        self,
        pixels: Pixels,
        states: States,
        rows: Int64s,
        outlook: Outlook,
        bends: Int64s,
        effort: Effort,
    ) -> NDArray[np.bool_]:
        """Try parts of the way that the model shows; tell which of the rows that helped."""
        every = len(rows) == len(pixels)
        now, outlook = states[rows], outlook if every else outlook[rows]
        if effort.worth is not None:
            changes = outlook.changes(np.diagonal(bends[rows], axis1=1, axis2=2))
            down, up = np.split(changes, 2, 1)
            hopes = np.minimum(down, up).clip(None, 0).sum(1)
            some = np.flatnonzero(hopes < -(now.costs >> effort.worth))
            if some.size:
                bends[rows[some]] = self._cost.bends(now[some])
        most = (outlook.rate() // (effort.bits << COST_BITS)).clip(1)
        path, taken = Forecast(outlook, bends if every else bends[rows]).path(most)
        ends = np.stack([-(-taken >> part) for part in range(effort.parts)], 1)
        new = ends > 0
        new[:, 1:] &= ends[:, 1:] < ends[:, :-1]
        owners, parts = np.nonzero(new)
        if not owners.size:
            return np.zeros(len(rows), bool)
        moved = now.latents[owners] + path[ends[owners, parts] - 1, owners]
        return self._keep_best(states, rows, owners, self._states(pixels, rows[owners], moved))

    def _single_steps(
        self, pixels: Pixels, states: States, outlook: Outlook, bends: Int64s, effort: Effort
    ) -> None:
        """Try the most promising step of every image, until enough of them did not help.

        What a step changed other than was expected is expected of it from then on. The model is
        made anew after some steps that helped, and after one that did not if any helped before.
        """
        forecast = Forecast(outlook, bends)
        surprise = np.zeros(forecast.changes.shape, np.int64)
        tried = np.zeros(forecast.changes.shape, bool)
        moved, rows = np.zeros(len(pixels), np.int64), np.arange(len(pixels))
        patience = min(effort.patience, len(self._steps))
        for _ in range(effort.rounds):
            stale = rows[moved[rows] >= effort.trust]
            if stale.size:
                forecast.renew(stale, self._cost.outlook(pixels[stale], states[stale]))
                moved[stale] = 0
            hopes = np.where(tried[rows], FAR, forecast.changes[rows] + surprise[rows])
            steps = hopes.argmin(1)
            if effort.promise is not None:
                best = np.take_along_axis(hopes, steps[:, None], 1)[:, 0]
                hopeful = best < -(states.costs[rows] >> effort.promise)
                rows, steps = rows[hopeful], steps[hopeful]
                if not rows.size:
                    break
            expected = forecast.changes[rows, steps]
            won, changes = self._try_steps(pixels, states, rows, steps)
            forecast.take(rows[won], steps[won])
            surprise[rows, steps] = np.where(expected < FAR // 2, changes - expected, 0)
            tried[rows, steps] = True
            tried[rows[won]] = False
            moved[rows] = np.where(won, moved[rows] + 1, np.where(moved[rows], effort.trust, 0))
            rows = rows[tried[rows].sum(1) < patience]
            if not rows.size:
                break

    def _try_steps(
        self, pixels: Pixels, states: States, rows: Int64s, steps: Int64s
    ) -> tuple[NDArray[np.bool_], Int64s]:
        """Try a step in each of some rows; tell which helped, and what each changes."""
        found = self._states(pixels, rows, states.latents[rows] + self._steps[steps])
        changes = found.costs - states.costs[rows]
        won = changes < 0
        states.put(rows[won], found, np.flatnonzero(won))
        return won, changes

    def _states(self, pixels: Pixels, rows: Int64s, latents: Latents) -> States:
        return self._cost.states(pixels[rows], np.clip(latents, *self._prior.range))

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
