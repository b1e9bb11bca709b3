"""`aecodec info`: what an .aez file holds."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecodec.cli import options

if TYPE_CHECKING:
    from aecodec.archive import Archive


def info(
    inputs: options.AezFiles,
    model: options.ExtraModel = None,
    json: options.Json = False,
) -> None:
    """Tell what .aez files hold: images, chunks, sizes, models and this machine's arithmetic."""
    from aecodec.batch.failure import Failure
    from aecodec.errors import AecodecError

    options.check_model(model)
    rows = []
    failures = []
    for path in inputs:
        try:
            rows.append(_describe(path, model))
        except AecodecError as error:
            failures.append(Failure(str(path), error))
    if json:
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    else:
        for row in rows:
            _show(row)
    options.finish(failures)


def _describe(path: Path, extra: str | None) -> dict[str, Any]:
    from aecodec.archive import open_archive
    from aecodec.errors import AecodecError, UnknownModelError

    with open_archive(path, extra) as archive:
        row = {"path": str(path), **archive.summary(), "damage": archive.damage or None}
        try:
            if archive.chunks:
                archive.chunk(0)  # runs the self-check of the arithmetic
        except UnknownModelError:
            pass  # told with the models: the file itself is sound
        except AecodecError as error:
            row["damage"] = row["damage"] or str(error)
        row["models"] = [_model(archive, number, extra) for number in range(len(row["models"]))]
    row["bytes_per_image"] = row["bytes"] / row["images"] if row["images"] else None
    return row


def _model(archive: "Archive", number: int, extra: str | None) -> dict[str, Any]:
    from aecodec.errors import AecodecError, UnknownModelError
    from aecodec.kinds.stored import STORED_ID
    from aecodec.library import codec_by_id
    from aecodec.model_file import Model

    model_id, body = archive.models[number]
    entry: dict[str, Any] = {"id": model_id.hex(), "name": None, "kind": None, "arithmetic": None}
    entry["embedded_bytes"] = len(body)
    if model_id == STORED_ID:
        return entry | {"name": "stored", "kind": "stored"}
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


def _show(row: dict[str, Any]) -> None:
    per_image = f", {row['bytes_per_image']:.3f} an image" if row["images"] else ""
    print(f"{row['path']}")
    print(f"  images  {row['images']:,} in {row['chunks']:,} chunk(s), {row['form']} form")
    print(f"  names   {'yes' if row['names'] else 'no'}")
    print(f"  size    {options.bytes_text(row['bytes'])}{per_image}")
    for model in row["models"]:
        name = model["name"] or "not installed here"
        size = model["embedded_bytes"]
        here = f", embedded ({options.bytes_text(size)})" if size else ""
        print(f"  model   {model['id']}  {name}{here}")
        if model["arithmetic"] == "int64":
            print("          self-check failed: float arithmetic is inexact here, int64 is used")
        elif model["arithmetic"]:
            print(f"          exact in {model['arithmetic']} on this machine")
    if row["damage"]:
        print(f"  damage  {row['damage']}")
