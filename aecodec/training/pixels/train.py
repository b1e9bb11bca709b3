"""Train the `pixels` kind: maximum likelihood of each pixel, given those before it.

A step takes random pixels of random images, since every pixel's context is known in training.
Most pixels of a drawing stand in flat contexts, which a network of their own learns with fewer
steps. The result is a moving average of the weights (Polyak and Juditsky 1992), the one with the
fewest bits on validation images.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from aecodec.images import Images
from aecodec.training import mlp
from aecodec.training.arrays import Floats
from aecodec.training.checkpoint import Arrays, Checkpoint
from aecodec.training.pixels import network
from aecodec.training.pixels.config import PixelsConfig
from aecodec.training.pixels.contexts import Batch, Contexts, Numbers, make_window
from aecodec.training.task import TrainingTask

DEFAULT = PixelsConfig()
EVALUATED = 8192  # pixels at a time

Bits = Callable[[Any, Batch, Any], Any]


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
        bits: What pixels cost by it.
        steps: How many steps there will be.
        config: Sizes and schedule.
    """

    def __init__(
        self, name: str, start: mlp.Weights, bits: Bits, steps: int, config: PixelsConfig
    ) -> None:
        window = make_window(config)
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
        def step(batch: Batch, done: tf.Tensor) -> Any:
            with tf.GradientTape() as tape:
                mean = tf.reduce_mean(bits(self.weights, batch, window))
            gradients = tape.gradient(mean, variables)
            self._adam.apply([tf.convert_to_tensor(part) for part in gradients], variables)
            decay = tf.minimum(config.average, 1 - 1 / (done + 2))
            for average, variable in zip(averages, variables, strict=True):
                average.assign(decay * average + (1 - decay) * variable)
            return mean

        self._step = step
        self._bits = tf.function(lambda batch: bits(self.averages, batch, window))

    def step(self, batch: Batch, done: int) -> float:
        """Learn from a batch after so many; return its mean bits a pixel."""
        return float(self._step(batch, tf.constant(done, tf.float32)))

    def total_bits(self, contexts: Contexts, chosen: Numbers) -> float:
        """What pixels cost by the moving average."""
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


def fit(task: TrainingTask, config: PixelsConfig = DEFAULT) -> Fitted:
    """Train both networks. The same seed gives the same weights on a machine.

    An epoch is a pass over all pixels outside flat contexts. It is told and kept in rounds of
    equal length.
    """
    keras.utils.set_random_seed(task.seed)
    tf.config.experimental.enable_op_determinism()
    window = make_window(config)
    data, held = Contexts(task.images, window), Contexts(_some(task.validation, config), window)
    an_epoch = mlp.batches(len(data.full), config.batch)
    rounds_an_epoch = math.ceil(an_epoch / config.round_steps)
    rounds, steps = task.epochs * rounds_an_epoch, task.epochs * an_epoch
    start = network.start_weights(window, config, task.seed)
    value = Half("value", start, network.value_bits, steps, config)
    flat = Half("flat", start, network.flat_bits, steps // config.flat_every, config)
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
            order = mlp.shuffled(len(data.full), config.batch, rng)
        begin, end = (an_epoch * n // rounds_an_epoch for n in (part, part + 1))
        range_ = range(epoch * an_epoch + begin, epoch * an_epoch + end)
        told = _round(value, flat, data, order[begin:end], range_, task.seed, config)
        bits = _bits_an_image(value, flat, held)
        if bits < best.bits:
            weights = network.to_arrays(value.averages | flat.averages)
            best = Fitted(weights, bits, done + 1, rounds)
        _save(task.checkpoint, value, flat, best, done + 1)
        task.progress.epoch("pixels", done + 1, rounds, rate=told, validation=bits)
    return best


def _round(
    value: Half,
    flat: Half,
    data: Contexts,
    order: list[Numbers],
    steps: range,
    seed: int,
    config: PixelsConfig,
) -> float:
    """Take some steps; return the mean of bits an image."""
    seen, seen_flat = [], []
    for step, chosen in zip(steps, order, strict=True):
        seen.append(value.step(data.batch(data.full[chosen]), step))
        if len(data.flat) and step % config.flat_every == config.flat_every - 1:
            rng = np.random.default_rng([seed, step, 1])
            picked = data.flat[rng.integers(0, len(data.flat), config.batch)]
            seen_flat.append(flat.step(data.batch(picked), step // config.flat_every))
    bits = np.mean(seen) * len(data.full)
    if seen_flat:
        bits += np.mean(seen_flat) * len(data.flat)
    return float(bits / data.count)


def _bits_an_image(value: Half, flat: Half, held: Contexts) -> float:
    total = value.total_bits(held, held.full) + flat.total_bits(held, held.flat)
    return total / max(held.count, 1)


def _some(images: Images, config: PixelsConfig) -> Images:
    """Images from all of them evenly, as many as a checkpoint is validated on at most."""
    return images[:: max(1, math.ceil(len(images) / config.validation_images))]


def _save(checkpoint: Checkpoint, value: Half, flat: Half, best: Fitted, done: int) -> None:
    kept = {f"b.{name}": array for name, array in best.weights.items()}
    numbers = {"done": np.array(done), "bits": np.array(best.bits), "round": np.array(best.round)}
    checkpoint.save(numbers | kept | value.state() | flat.state())


def _kept_best(state: Arrays, rounds: int) -> Fitted:
    weights = {name[2:]: array for name, array in state.items() if name.startswith("b.")}
    return Fitted(weights, float(state["bits"]), int(state["round"]), rounds)
