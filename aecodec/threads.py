"""How many threads NumPy's BLAS starts, which can be said only before NumPy is imported."""

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def prefer_one_thread() -> None:
    """Let BLAS start one thread, unless the environment says otherwise.

    The workers of a batch are processes, and threads under them would only fight over the cores.
    """
    for variable in VARIABLES:
        os.environ.setdefault(variable, "1")
