"""No test draws a random number that nobody seeded: it would fail somebody else, some other day."""

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

DRAWS = (  # but for getrandbits, which Rich numbers its tables by
    *("random", "randint", "randrange", "randbytes", "uniform", "choice", "choices"),
    *("shuffle", "sample", "gauss", "normalvariate", "triangular", "betavariate", "expovariate"),
)
NUMPY_DRAWS = (
    *("rand", "randn", "randint", "random", "random_sample", "bytes", "choice", "shuffle"),
    *("permutation", "normal", "uniform", "standard_normal", "poisson", "binomial", "exponential"),
)
ADVICE = "drawn without a seed: use numpy.random.default_rng(SEED) or seed the library first"


class UnseededDrawError(AssertionError):
    """A test drew a random number that differs from run to run."""


class Seeds:
    """Watches the global generators of Python and NumPy: who draws must have seeded them."""

    def __init__(self) -> None:
        self._seeded: set[str] = set()

    def forget(self) -> None:
        """A test's seeds are its own."""
        self._seeded.clear()

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Refuse unseeded draws from here on."""
        for module, name, draws in (
            (random, "random", DRAWS),
            (np.random, "numpy.random", NUMPY_DRAWS),
        ):
            patch.setattr(module, "seed", self._seeding(module.seed, name))
            for draw in draws:
                patch.setattr(module, draw, self._drawing(getattr(module, draw), name, draw))
        make = np.random.default_rng

        def default_rng(seed: Any = None) -> np.random.Generator:
            if seed is None:
                raise UnseededDrawError(f"numpy.random.default_rng(): {ADVICE}")
            return make(seed)

        patch.setattr(np.random, "default_rng", default_rng)

    def _seeding(self, seed: Callable[..., None], name: str) -> Callable[..., None]:
        @functools.wraps(seed)
        def seeding(*args: Any, **options: Any) -> None:
            if (args and args[0] is not None) or any(v is not None for v in options.values()):
                self._seeded.add(name)
            seed(*args, **options)

        return seeding

    def _drawing(self, draw: Callable[..., Any], name: str, called: str) -> Callable[..., Any]:
        @functools.wraps(draw)
        def drawing(*args: Any, **options: Any) -> Any:
            if name not in self._seeded:
                raise UnseededDrawError(f"{name}.{called}: {ADVICE}")
            return draw(*args, **options)

        return drawing
