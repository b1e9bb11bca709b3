"""The course of a training over its epochs: kept, taken up again, and ended early."""

import json
from typing import Any

import keras
import numpy as np

from aecodec.training.checkpoint import Arrays, Checkpoint

LEAST_PATIENCE = 10  # epochs,
PATIENCE = 4  # or the whole training over this


class Course:
    """Networks on their way, and all that their way on depends on.

    done: how many epochs lie behind; rng: draws all that is random in the epochs. The best
    weights on validation are remembered, for a training that has long not become better.
    """

    def __init__(
        self, model: keras.Model, epochs: int, seed: int, checkpoint: Checkpoint | None
    ) -> None:
        self.done = 0
        self.epochs = epochs
        self.rng = np.random.default_rng(seed)
        self._model = model
        self._checkpoint = checkpoint
        self._best = np.inf
        self._best_epoch = 0
        self._best_weights: list[Any] = []
        self._adam: list[Any] = []
        if checkpoint and (state := checkpoint.load()) is not None:
            self._take_up(state)

    def _take_up(self, state: Arrays) -> None:
        self.done = int(state["done"])
        self.rng.bit_generator.state = json.loads(str(state["rng"]))
        self._best, self._best_epoch = float(state["best"]), int(state["best_epoch"])
        self._model.set_weights(_listed(state, "weights"))
        self._best_weights, self._adam = _listed(state, "best"), _listed(state, "adam")

    def begin(self, model: keras.Model) -> None:
        """Give a compiled model's optimiser the state that was kept for it, if any."""
        model.optimizer.build(model.trainable_variables)
        if self._adam:
            for variable, value in zip(model.optimizer.variables, self._adam, strict=True):
                variable.assign(value)
        self._adam = []

    def finish_epoch(
        self, optimizer: keras.optimizers.Optimizer, loss: float | None = None
    ) -> None:
        """Count an epoch and keep where things stand; loss: on validation, if that is judged."""
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
    def exhausted(self) -> bool:
        """Whether validation has not become better for a quarter of all epochs, 10 at least.

        A learning rate on its way down makes it better to the end where there are images enough.
        """
        patience = max(LEAST_PATIENCE, self.epochs // PATIENCE)
        return bool(self._best_weights) and self.done - self._best_epoch >= patience

    def end(self) -> tuple[str, ...]:
        """Take the best weights if the training ended early; return a note of it."""
        if not self.exhausted:
            return ()
        self._model.set_weights(self._best_weights)
        return (
            f"Ended after {self.done} of {self.epochs} epochs, since validation was best after "
            f"{self._best_epoch}; the weights are those.",
        )


def _numbered(name: str, values: list[Any]) -> Arrays:
    return {f"{name}.{i}": value for i, value in enumerate(values)}


def _listed(state: Arrays, name: str) -> list[Any]:
    count = sum(key.startswith(f"{name}.") for key in state)
    return [state[f"{name}.{i}"] for i in range(count)]
