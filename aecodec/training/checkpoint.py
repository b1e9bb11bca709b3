"""The state of a training that was interrupted: a file beside the model, for that training only."""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import CheckpointError
from aecodec.storage import UrlPath, uploaded

_PURPOSE = "purpose"
_ADVICE = "or start anew with -f"

Arrays = dict[str, NDArray[Any]]


class Checkpoint:
    """An npz file of arrays that knows which training it belongs to.

    Args:
        path: The file.
        purpose: What decides the outcome of the training (data, options), by name. A file with
            another purpose is refused, so that no training goes on from another's state.
    """

    def __init__(self, path: Path, purpose: Mapping[str, Any]) -> None:
        self.path = path
        self._purpose = {name: str(value) for name, value in purpose.items()}
        self._stages: list[Checkpoint] = []

    def beside(self, path: Path, **changes: Any) -> "Checkpoint":
        """The checkpoint of a training that differs from this one in something.

        Where that is a `stage` of this one, it is removed with this one.
        """
        made = Checkpoint(path, self._purpose | changes)
        if "stage" in changes:
            self._stages.append(made)
        return made

    def load(self) -> Arrays | None:
        """The arrays that were saved last, or None.

        Raises:
            CheckpointError: The file is damaged, or belongs to another training.
        """
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as data, np.load(data, allow_pickle=False) as file:
                arrays = dict(file)
            purpose = json.loads(str(arrays.pop(_PURPOSE)))
        except (OSError, EOFError, ValueError, KeyError, AttributeError, BadZipFile) as error:
            raise CheckpointError(f"is damaged; remove it, {_ADVICE}", self.path) from error
        if purpose != self._purpose:
            raise CheckpointError(
                f"was kept by another training ({self._difference(purpose)}); "
                f"go on with what it was begun with, {_ADVICE}",
                self.path,
            )
        return arrays

    def _difference(self, purpose: Mapping[str, str]) -> str:
        names = sorted({*purpose, *self._purpose})
        return ", ".join(
            f"{name} {purpose.get(name)} instead of {self._purpose.get(name)}"
            for name in names
            if purpose.get(name) != self._purpose.get(name)
        )

    def save(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays in place of those before; an interruption leaves one or the other whole."""
        kept = {_PURPOSE: np.array(json.dumps(self._purpose)), **arrays}
        if isinstance(self.path, UrlPath):
            buffer = io.BytesIO()
            np.savez(buffer, allow_pickle=False, **kept)
            with uploaded(self.path) as upload:
                upload.write(buffer.getvalue())
            return
        part = self.path.with_suffix(".part.npz")
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **kept)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def clear(self) -> None:
        """Remove the file, and those of stages."""
        for stage in self._stages:
            stage.clear()
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(".part.npz").unlink(missing_ok=True)
