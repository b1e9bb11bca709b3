"""The training loop of a Keras model: epochs, checkpoints and early stopping."""

import json
from typing import Any

import keras
import numpy as np

from aecodec.training.checkpoint import Arrays, Checkpoint

LEAST_PATIENCE = 10  # epochs
PATIENCE_SHARE = 4  # the share of all epochs, as a divisor, where that is more


class TrainingLoop:
    """The state of a training: networks, optimiser, random numbers, best weights so far.

    Args:
        model: The networks that are trained.
        epochs: How many epochs there will be, without early stopping.
        seed: The random seed.
        checkpoint: Keeps the state after every epoch; where it holds one, training goes on from it.
        patience: How many epochs without a better validation loss end the training.

    Attributes:
        done: How many epochs are finished.
        epochs: As given.
        rng: Draws all that is random in the epochs.
    """

    def __init__(
        self,
        model: keras.Model,
        epochs: int,
        seed: int,
        checkpoint: Checkpoint | None,
        patience: int | None = None,
    ) -> None:
        self.done = 0
        self.epochs = epochs
        self._patience = patience or max(LEAST_PATIENCE, epochs // PATIENCE_SHARE)
        self.rng = np.random.default_rng(seed)
        self._model = model
        self._checkpoint = checkpoint
        self._best = np.inf
        self._best_epoch = 0
        self._best_weights: list[Any] = []
        self._adam: list[Any] = []
        if checkpoint and (state := checkpoint.load()) is not None:
            self._resume(state)

    def _resume(self, state: Arrays) -> None:
        self.done = int(state["done"])
        self.rng.bit_generator.state = json.loads(str(state["rng"]))
        self._best, self._best_epoch = float(state["best"]), int(state["best_epoch"])
        self._model.set_weights(_listed(state, "weights"))
        self._best_weights, self._adam = _listed(state, "best"), _listed(state, "adam")

    def begin(self, model: keras.Model) -> None:
        """Give a compiled model's optimiser the state that was saved for it, if any."""
        model.optimizer.build(model.trainable_variables)
        if self._adam:
            for variable, value in zip(model.optimizer.variables, self._adam, strict=True):
                variable.assign(value)
        self._adam = []

    def finish_epoch(
        self, optimizer: keras.optimizers.Optimizer, loss: float | None = None
    ) -> None:
        """Count an epoch and save the state.

        Args:
            optimizer: The optimiser, whose state is saved too.
            loss: On the validation images, where early stopping is to judge by it.
        """
        self.done += 1
        if loss is not None and loss < self._best:
            self._best, self._best_epoch = loss, self.done
            self._best_weights = self._model.get_weights()
        if self._checkpoint:
            self._checkpoint.save(
                {
                    "done": np.array(self.done),
                    "rng": np.array(json.dumps(self.rng.bit_generator.state)),
                    "best": np.array(self._best),
                    "best_epoch": np.array(self._best_epoch),
                }
                | _numbered("weights", self._model.get_weights())
                | _numbered("best", self._best_weights)
                | _numbered("adam", [np.asarray(value) for value in optimizer.variables])
            )

    @property
    def stopped_early(self) -> bool:
        """Whether the validation loss has not become better for a quarter of all epochs.

        A falling learning rate makes it better to the end where there are images enough.
        """
        return bool(self._best_weights) and self.done - self._best_epoch >= self._patience

    def end(self) -> tuple[str, ...]:
        """Take the best weights if the training stopped early; return a note of it."""
        if not self.stopped_early:
            return ()
        self._model.set_weights(self._best_weights)
        return (
            f"Stopped early after {self.done} of {self.epochs} epochs: the validation loss was "
            f"lowest after {self._best_epoch}, and these are the weights.",
        )


def _numbered(name: str, values: list[Any]) -> Arrays:
    return {f"{name}.{i}": value for i, value in enumerate(values)}


def _listed(state: Arrays, name: str) -> list[Any]:
    count = sum(key.startswith(f"{name}.") for key in state)
    return [state[f"{name}.{i}"] for i in range(count)]
