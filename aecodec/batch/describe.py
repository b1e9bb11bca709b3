"""What .aez files hold, without or with decoding little: the rows of `info` and of `list`."""

from collections import Counter
from collections.abc import Iterator, MutableSequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecodec.archive import Archive
from aecodec.batch.aez_files import AezFile, lost, names_of
from aecodec.batch.failure import Failure
from aecodec.container import Chunk, Label, NameOrder
from aecodec.errors import AecodecError, CorruptFileError, UnknownModelError
from aecodec.images import SIDE
from aecodec.library import codec_by_id
from aecodec.model_file import Model

BLACK = np.zeros((1, SIDE, SIDE), np.uint8)
MOST_COUNTED = 1024  # chunks, whose bytes are read to count originals


@dataclass(frozen=True)
class Member:
    """One image of an .aez file.

    Attributes:
        name: Its name, or the number that its file is called by.
        bytes: Its share of the payload of those images of its chunk that the same model codes.
        model: The name of the model that codes it, or the model's id where it is not installed.
        label: Its label, or None.
    """

    name: str
    bytes: float
    model: str
    label: Label | None = None


def members(
    archive: Archive,
    model: str | None,
    failures: MutableSequence[Failure],
    label: str | None = None,
) -> Iterator[Member]:
    """Go through the images of an archive without decoding them.

    Args:
        archive: The archive.
        model: A model to look at first.
        failures: Where to add what is wrong with the archive. Damaged chunks are passed over.
        label: The label, or the name of the class, of the images to take; None for all.

    Yields:
        What is known of each image.

    Raises:
        CorruptFileError: Names are out of order.
        UnsafeNameError: A name is also the folder of another.
        InvalidArgumentError: There are no labels, or none can be of this name.
    """
    path = str(archive.path)
    wanted = None if label is None else archive.label(label)
    if archive.damage:
        failures.append(Failure(path, CorruptFileError(archive.damage)))
    models = [model_name(model_id, model) or model_id.hex() for model_id, _ in archive.models]
    order = NameOrder()
    for number in range(archive.chunks):
        try:
            chunk = archive.read_chunk(number)
        except AecodecError as error:
            failures.append(Failure(path, lost(archive, number, error)))
            continue
        order.add(chunk.names)
        shares = _shares(chunk)
        labels = chunk.labels or (None,) * chunk.count
        names = names_of(archive, number, chunk)
        for name, owner, own in zip(names, chunk.owners, labels, strict=True):
            if wanted is None or own == wanted:
                yield Member(name, shares[owner], models[owner], own)


def _shares(chunk: Chunk) -> dict[int, float]:
    """How many bytes of payload an image of each model takes in a chunk, on average."""
    counts = Counter(chunk.owners)
    return {
        model: len(payload) / counts[model]
        for model, payload in zip(sorted(counts), chunk.payloads, strict=True)
    }


def model_name(model_id: bytes, extra: str | None = None) -> str | None:
    """The name of an installed model, or None."""
    try:
        return codec_by_id(model_id, extra).name
    except AecodecError:
        return None


def describe_file(file: AezFile, model: str | None = None) -> dict[str, Any]:
    """Say what a file holds: images, chunks, sizes, models and this machine's arithmetic.

    Args:
        file: The file.
        model: A model to look at first.

    Returns:
        A row for a JSON report.

    Raises:
        AecodecError: As `aecodec.open`. Other damage is in the row.
    """
    with file.open(model) as archive:
        row = {"path": file.name, **archive.summary(), "damage": archive.damage or None}
        row |= {"classes": list(archive.class_names.values())}
        row |= {"splits": [], "metadata": {}, "originals": 0}
        try:
            row["splits"] = [[run.name, run.images] for run in archive.split_runs]
            row["metadata"] = {key: _plain(value) for key, value in archive.metadata.items()}
            if archive.chunks:
                _check_arithmetic(archive)
                row["originals"] = _count_originals(archive)
        except UnknownModelError:
            pass  # told with the models: the file itself is sound
        except AecodecError as error:
            row["damage"] = row["damage"] or error.detail
        row["models"] = [_model(archive, number, model) for number in range(len(archive.models))]
    row["bytes_per_image"] = row["bytes"] / row["images"] if row["images"] else None
    return row


def _check_arithmetic(archive: Archive) -> None:
    """Let the models of the first chunk check what they compute in: by decoding it.

    Pixel by pixel that may take seconds, and one black image tells as much.
    """
    coders = archive.coders
    used = [coders[number] for number in sorted(set(archive.read_chunk(0).models))]
    if any(coder.latent_range is not None for coder in used):
        archive.chunk(0)
        return
    for coder in used:
        codes = coder.codes(BLACK) if coder.lossless else BLACK  # an image is its own code there
        coder.decode(coder.pack(codes), 1)


def _count_originals(archive: Archive) -> int | None:
    """How many images are coded by black-and-white originals; None for a very large archive.

    Only the payloads tell, so all chunks are read.
    """
    if not any(coder.has_originals for coder in archive.coders):
        return 0
    if archive.chunks > MOST_COUNTED:
        return None
    total = 0
    for number in range(archive.chunks):
        chunk = archive.read_chunk(number)
        counts = Counter(chunk.owners)
        for model, payload in zip(sorted(counts), chunk.payloads, strict=True):
            coder = archive.coders[model]
            total += coder.count_originals(payload, counts[model]) if coder.has_originals else 0
    return total


def _plain(value: Any) -> Any:
    """A value of metadata as JSON has it: bytes as hexadecimal digits."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def _model(archive: Archive, number: int, extra: str | None) -> dict[str, Any]:
    model_id, body = archive.models[number]
    entry: dict[str, Any] = {"id": model_id.hex(), "name": None, "kind": None, "arithmetic": None}
    entry["embedded_bytes"] = len(body)
    try:
        codec = codec_by_id(model_id, extra)
        return entry | {
            "name": codec.name,
            "kind": codec.kind,
            "arithmetic": codec.coder.arithmetic,
        }
    except UnknownModelError:
        if not body:
            return entry
    with suppress(AecodecError):  # what is wrong with it is told as damage
        entry["arithmetic"] = archive.coders[number].arithmetic
        entry["kind"] = Model.from_decoding_body(body).kind
    return entry
