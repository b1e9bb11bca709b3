"""`aecodec info`: what an .aez file holds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aecodec.cli import options


def info(
    inputs: Annotated[list[Path], typer.Argument(help=".aez files.", metavar="FILE...")],
    model: options.ModelOption = None,
    json: options.Json = False,
) -> None:
    """Tell what .aez files hold: images, chunks, sizes, models and this machine's arithmetic."""
    from aecodec.errors import AecodecError
    from aecodec.sources import Failure

    rows = []
    failures = []
    for path in inputs:
        try:
            rows.append(_describe(path, model))
        except AecodecError as error:
            failures.append(Failure(str(path), str(error)))
    if json:
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    else:
        for row in rows:
            _show(row)
    options.finish(failures)


def _describe(path: Path, extra: str | None) -> dict[str, Any]:
    from aecodec.archive import open_archive
    from aecodec.codec import codec_by_id
    from aecodec.errors import AecodecError, UnknownModelError
    from aecodec.kinds.stored import STORED_ID

    with open_archive(path, extra) as archive:
        row = {"path": str(path), **archive.summary(), "damage": archive.damage or None}
        try:
            if archive.chunks:
                archive.chunk(0)  # runs the self-check of the arithmetic
        except AecodecError as error:
            row["damage"] = row["damage"] or str(error)
    models = []
    for text in row["models"]:
        model_id = bytes.fromhex(text)
        entry: dict[str, Any] = {"id": text, "name": None, "kind": None, "arithmetic": None}
        if model_id == STORED_ID:
            entry |= {"name": "stored", "kind": "stored"}
        else:
            try:
                codec = codec_by_id(model_id, extra)
                entry |= {"name": codec.name, "kind": codec.kind}
                entry["arithmetic"] = codec.coder.arithmetic
            except UnknownModelError:
                entry["name"] = None
        models.append(entry)
    row["models"] = models
    row["bytes_per_image"] = row["bytes"] / row["images"] if row["images"] else None
    return row


def _show(row: dict[str, Any]) -> None:
    per_image = f", {row['bytes_per_image']:.3f} an image" if row["images"] else ""
    print(f"{row['path']}")
    print(f"  images  {row['images']:,} in {row['chunks']:,} chunk(s), {row['form']} form")
    print(f"  names   {'yes' if row['names'] else 'no'}")
    print(f"  size    {options.bytes_text(row['bytes'])}{per_image}")
    for model in row["models"]:
        name = model["name"] or "not installed here"
        print(f"  model   {model['id']}  {name}")
        if model["arithmetic"] == "int64":
            print("          self-check failed: float arithmetic is inexact here, int64 is used")
        elif model["arithmetic"]:
            print(f"          exact in {model['arithmetic']} on this machine")
    if row["damage"]:
        print(f"  damage  {row['damage']}")
