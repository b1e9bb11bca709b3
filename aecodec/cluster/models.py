"""Models for workers: the scheduler keeps their files, so that no disk need be shared for them."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aecodec.errors import AecodecError

if TYPE_CHECKING:
    from distributed import Client

SECONDS = 60.0
_lock = threading.Lock()


@dataclass(frozen=True)
class LentModel:
    """A model file that the scheduler keeps.

    Attributes:
        name: What the file is called, with its suffix.
        check: SHA-256 of its bytes, as hex digits. Two files of one id may encode differently.
    """

    name: str
    check: str


def keep_models(client: "Client", paths: Sequence[Path]) -> tuple[LentModel, ...]:
    """Put model files on the scheduler, which keeps one copy of each as long as it runs."""
    from distributed import Variable

    lent = []
    for path in paths:
        data = path.read_bytes()
        lent.append(LentModel(path.name, hashlib.sha256(data).hexdigest()))
        Variable(_key(lent[-1]), client=client).set(data)
    return tuple(lent)


def fetch_model(model: LentModel) -> Path:
    """In a worker: the file of a model, asked for where this process does not have it."""
    from distributed import Variable, get_client, get_worker

    folder = Path(get_worker().local_directory, "aecodec-models", model.check)
    path = folder / model.name
    with _lock:
        if not path.exists():
            data = Variable(_key(model), client=get_client()).get(timeout=SECONDS)
            if hashlib.sha256(data).hexdigest() != model.check:
                raise AecodecError("was damaged on its way from the scheduler", model.name)
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(data)
            unfinished.replace(path)
    return path


def _key(model: LentModel) -> str:
    return f"aecodec-model-{model.check}"
