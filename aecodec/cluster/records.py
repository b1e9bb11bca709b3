"""The record of a part: what the workers' results say beside the coded images, as JSON."""

import base64
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from aecodec import errors
from aecodec.batch import Failure, Outlier, TaskResult
from aecodec.container import Chunk, ContainerReader
from aecodec.errors import AecodecError
from aecodec.images import SIDE, Images

COUNTS = ("sources", "images", "squared_error", "outliers", "kept", "source_bytes", "payload_bytes")


def as_json(results: Sequence[TaskResult]) -> list[dict[str, Any]]:
    """What results say, without their chunks."""
    return [_row(result) for result in results]


def _row(result: TaskResult) -> dict[str, Any]:
    worst = result.worst_outlier
    return {
        **{name: getattr(result, name) for name in COUNTS},
        "chunks": len(result.chunks),
        "worst": result.worst,
        "models": dict(result.models),
        "splits": list(result.splits.items()),
        "worst_outlier": tuple(worst) if worst else None,
        "failures": [
            [f.path, type(f.error).__name__, f.error.detail, f.error.path] for f in result.failures
        ],
        "samples": [[_text(image), error] for image, error in result.samples],
        "typical": [_text(image) for image in result.typical],
    }


def from_json(rows: Sequence[dict[str, Any]], data: bytes) -> list[TaskResult]:
    """The results again, with their chunks from the part's .aez file."""
    reader = ContainerReader(io.BytesIO(data))
    chunks = iter([reader.read(number) for number in range(len(reader.places))])
    return [_result(row, [next(chunks) for _ in range(row["chunks"])]) for row in rows]


def _result(row: dict[str, Any], chunks: list[Chunk]) -> TaskResult:
    error, path = row["worst"]
    worst = row["worst_outlier"]
    return TaskResult(
        **{name: row[name] for name in COUNTS},
        chunks=chunks,
        worst=(error, path),
        models=Counter(row["models"]),
        splits=Counter(dict(row["splits"])),
        worst_outlier=Outlier(*worst) if worst else None,
        failures=[Failure(path, _error(*parts)) for path, *parts in row["failures"]],
        samples=[(_image(text), error) for text, error in row["samples"]],
        typical=[_image(text) for text in row.get("typical", ())],
    )


def _text(image: Images) -> str:
    return base64.b64encode(image.tobytes()).decode("ascii")


def _image(text: str) -> Images:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(SIDE, SIDE)


def _error(kind: str, detail: str, path: str | None) -> AecodecError:
    found = getattr(errors, kind, AecodecError)
    return found(detail, path) if issubclass(found, AecodecError) else AecodecError(detail, path)


def pack_record(record: dict[str, Any]) -> bytes:
    """A record as the bytes of a file."""
    return json.dumps(record, indent=1, sort_keys=True).encode("ascii")


def unpack_record(data: bytes | None) -> dict[str, Any] | None:
    """A record from a file, or None where there is none that can be read."""
    try:
        record = json.loads(data or b"")
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
