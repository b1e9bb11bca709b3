"""Train two networks on contexts: maximum likelihood of each symbol, given those before it.

A step takes random pixels (or bits) of random images, since every context is known in training.
Most of those of a drawing stand in flat contexts, which a network of their own learns with fewer
steps. The result is a moving average of the weights (Polyak and Juditsky 1992), the one with the
fewest bits on validation images.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from aecodec.training import mlp
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Arrays, Checkpoint
from aecodec.training.task import TrainingTask

EVALUATED = 8192  # contexts at a time
MANY = 10_000_000

Bits = Callable[[Any, Any], Any]
Numbers = NDArray[Any]


class ContextData(Protocol):
    """The contexts of some images, by numbers.

    Attributes:
        count: How many images there are.
        flat: The numbers of flat contexts.
        full: Those of all others.
    """

    count: int
    flat: Numbers
    full: Numbers

    def batch(self, chosen: Numbers) -> Any:
        """What is known in the contexts of some numbers, arrays in a tuple."""

    def batches(self, chosen: Numbers, size: int) -> Iterator[Any]:
        """The same in batches, the last one shorter."""


@dataclass(frozen=True)
class Schedule:
    """The schedule of a training on contexts.

    Attributes:
        batch: Contexts a step.
        large_batch: The same where an epoch has MANY contexts or more: there the noise of the
            gradient limits what is learned, in a small set the number of steps.
        flat_every: Steps for each one of flat contexts.
        rate: The learning rate, before its cosine decay.
        warm_up: Steps in which it rises, or a quarter of all where that is fewer.
        average: Decay of the moving average of the weights, which is the result.
        round_steps: The most steps between two checkpoints.
        validation_images: The most images that each checkpoint is validated on.
    """

    batch: int = 512
    large_batch: int = 4096
    flat_every: int = 4
    rate: float = 2e-3
    warm_up: int = 300
    average: float = 0.999
    round_steps: int = 2000
    validation_images: int = 1000

    def batch_of(self, contexts: int) -> int:
        """How many contexts a step takes of so many."""
        return self.large_batch if contexts >= MANY else self.batch


@dataclass(frozen=True)
class Networks:
    """What is trained: two networks, the second on flat contexts.

    Attributes:
        names: What the names of their weights begin with.
        start: All weights at the beginning.
        bits: What contexts cost by each.
        losses: What a training lowers where it is not the bits.
    """

    names: tuple[str, str]
    start: mlp.Weights
    bits: tuple[Bits, Bits]
    losses: tuple[Bits, Bits] | None = None


@dataclass(frozen=True)
class Fitted:
    """What a training gave.

    Attributes:
        weights: Float weights by name, as in a model file.
        bits: What they take of the validation images, bits an image.
        round: When they were reached, in rounds.
        rounds: All rounds of the training.
    """

    weights: dict[str, Floats]
    bits: float
    round: int
    rounds: int


class Half:
    """The training of one of the two networks.

    Args:
        name: What the names of its weights begin with.
        start: All weights at the beginning.
        bits: What contexts cost by it.
        loss: What each is to lower.
        steps: How many steps there will be.
        config: The schedule.
    """

    def __init__(
        self, name: str, start: mlp.Weights, bits: Bits, loss: Bits, steps: int, config: Schedule
    ) -> None:
        self.name = name
        self.weights = {k: v for k, v in start.items() if k.startswith(f"{name}.")}
        self.averages = {k: tf.Variable(v) for k, v in self.weights.items()}
        warm_up = min(config.warm_up, steps // 4)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warm_up), 0.01, warmup_target=config.rate, warmup_steps=warm_up
        )
        rate: Any = schedule if warm_up else config.rate
        self._adam = keras.optimizers.Adam(rate, beta_2=0.99, epsilon=1e-8)
        variables = [self.weights[key] for key in sorted(self.weights)]
        self._adam.build(variables)
        averages = [self.averages[key] for key in sorted(self.weights)]

        @tf.function(jit_compile=True)  # type: ignore[untyped-decorator] # no types
        def step(batch: Any, done: tf.Tensor) -> Any:
            with tf.GradientTape() as tape:
                mean = tf.reduce_mean(loss(self.weights, batch))
            gradients = tape.gradient(mean, variables)
            self._adam.apply([tf.convert_to_tensor(part) for part in gradients], variables)
            decay = tf.minimum(config.average, 1 - 1 / (done + 2))
            for average, variable in zip(averages, variables, strict=True):
                average.assign(decay * average + (1 - decay) * variable)
            return mean

        self._step = step
        self._bits = tf.function(lambda batch: bits(self.averages, batch))

    def step(self, batch: Any, done: int) -> float:
        """Learn from a batch after so many; return its mean loss."""
        return float(self._step(batch, tf.constant(done, tf.float32)))

    def total_bits(self, contexts: ContextData, chosen: Numbers) -> float:
        """What contexts cost by the moving average."""
        batches = contexts.batches(chosen, EVALUATED)
        return math.fsum(float(np.sum(self._bits(b), dtype=np.float64)) for b in batches)

    def state(self) -> Arrays:
        """What a checkpoint keeps."""
        named = {f"w.{k}": v for k, v in self.weights.items()}
        named |= {f"e.{k}": v for k, v in self.averages.items()}
        named |= {f"a.{self.name}.{i}": v for i, v in enumerate(self._adam.variables)}
        return {name: np.asarray(value) for name, value in named.items()}

    def resume(self, state: Arrays) -> None:
        """Go on from what `state` gave."""
        for name, variable in self.weights.items():
            variable.assign(state[f"w.{name}"])
            self.averages[name].assign(state[f"e.{name}"])
        for i, variable in enumerate(self._adam.variables):
            variable.assign(state[f"a.{self.name}.{i}"])


def fit(
    task: TrainingTask,
    config: Schedule,
    networks: Networks,
    data: ContextData,
    held: ContextData,
) -> Fitted:
    """Train both networks. The same seed gives the same weights on a machine.

    An epoch is a pass over all contexts of `data` that are not flat. It is told and kept in
    rounds of equal length, each of which is validated on `held`.
    """
    keras.utils.set_random_seed(task.seed)
    tf.config.experimental.enable_op_determinism()
    batch = config.batch_of(len(data.full))
    an_epoch = mlp.batches(len(data.full), batch)
    rounds_an_epoch = math.ceil(an_epoch / config.round_steps)
    rounds, steps = task.epochs * rounds_an_epoch, task.epochs * an_epoch
    counts = steps, steps // config.flat_every
    losses = networks.losses or networks.bits
    value, flat = (
        Half(name, networks.start, bits, loss, count, config)
        for name, bits, loss, count in zip(
            networks.names, networks.bits, losses, counts, strict=True
        )
    )
    best, first = Fitted({}, math.inf, 0, rounds), 0
    if (state := task.checkpoint.load()) is not None:
        value.resume(state)
        flat.resume(state)
        best, first = _kept_best(state, rounds), int(state["done"])
    order: list[Numbers] = []
    for done in range(first, rounds):
        epoch, part = divmod(done, rounds_an_epoch)
        if part == 0 or not order:
            rng = np.random.default_rng([task.seed, epoch])  # a resumed run draws the same
            order = mlp.shuffled(len(data.full), batch, rng)
        begin, end = (an_epoch * n // rounds_an_epoch for n in (part, part + 1))
        range_ = range(epoch * an_epoch + begin, epoch * an_epoch + end)
        told = _round(value, flat, data, order[begin:end], range_, task.seed, config)
        bits = _bits_an_image(value, flat, held)
        if bits < best.bits:
            weights = mlp.to_arrays(value.averages | flat.averages)
            best = Fitted(weights, bits, done + 1, rounds)
        _save(task.checkpoint, value, flat, best, done + 1)
        task.progress.epoch("contexts", done + 1, rounds, rate=told, validation=bits)
    return best


def some(images: Any, most: int) -> Any:
    """Images (or what else is in a sequence) from all of them evenly, at most so many."""
    return images[:: max(1, math.ceil(len(images) / most))]


def _round(
    value: Half,
    flat: Half,
    data: ContextData,
    order: list[Numbers],
    steps: range,
    seed: int,
    config: Schedule,
) -> float:
    """Take some steps; return the mean of bits an image."""
    seen, seen_flat = [], []
    for step, chosen in zip(steps, order, strict=True):
        seen.append(value.step(data.batch(data.full[chosen]), step))
        if len(data.flat) and step % config.flat_every == config.flat_every - 1:
            rng = np.random.default_rng([seed, step, 1])
            picked = data.flat[rng.integers(0, len(data.flat), len(chosen))]
            seen_flat.append(flat.step(data.batch(picked), step // config.flat_every))
    bits = np.mean(seen) * len(data.full)
    if seen_flat:
        bits += np.mean(seen_flat) * len(data.flat)
    return float(bits / data.count)


def _bits_an_image(value: Half, flat: Half, held: ContextData) -> float:
    total = value.total_bits(held, held.full) + flat.total_bits(held, held.flat)
    return total / max(held.count, 1)


def _save(checkpoint: Checkpoint, value: Half, flat: Half, best: Fitted, done: int) -> None:
    kept = {f"b.{name}": array for name, array in best.weights.items()}
    numbers = {"done": np.array(done), "bits": np.array(best.bits), "round": np.array(best.round)}
    checkpoint.save(numbers | kept | value.state() | flat.state())


def _kept_best(state: Arrays, rounds: int) -> Fitted:
    weights = {name[2:]: array for name, array in state.items() if name.startswith("b.")}
    return Fitted(weights, float(state["bits"]), int(state["round"]), rounds)
