"""`aecodec info`: what .aez files hold."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from aecodec.cli import options
from aecodec.errors import counted, printable

MOST_CLASSES = 10  # that are named


def info(
    inputs: options.AezInputs,
    model: options.ExtraModel = None,
    recursive: options.Recursive = False,
    wide: options.Wide = False,
    json: options.Json = False,
) -> None:
    """Tell what .aez files hold: images, chunks, sizes, models and this machine's arithmetic."""
    from aecodec.batch import Failure, describe_file, find_aez_files
    from aecodec.errors import AecodecError, CorruptFileError

    options.check_model(model)
    rows = []
    with find_aez_files(inputs, recursive=recursive) as found:
        options.tell_unentered(found.unentered)
        failures = [*found.failures]
        for file in found.files:
            try:
                rows.append(describe_file(file, model))
            except AecodecError as error:
                failures.append(Failure(file.name, error))
    damaged = [row for row in rows if row["damage"]]
    failures += [Failure(row["path"], CorruptFileError(row["damage"])) for row in damaged]
    if json:
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    elif len(rows) == 1:
        _show(rows[0])
    elif rows:
        _show_table(rows, wide=wide)
    options.finish(failures)


def _of_classes(names: list[str]) -> str:
    """How many classes there are, and what the first are called; empty where that is not said."""
    if not names:
        return ""
    more = ", ..." if len(names) > MOST_CLASSES else ""
    return f" of {len(names)} classes: {printable(', '.join(names[:MOST_CLASSES]))}{more}"


def _show(row: dict[str, Any]) -> None:
    per_image = f", {row['bytes_per_image']:.3f} an image" if row["images"] else ""
    chunks = counted(row["chunks"], "chunk")
    print(printable(row["path"]))
    print(f"  images  {row['images']:,} in {chunks}, {row['form']} form")
    if row["originals"]:
        print(f"          {row['originals']:,} of them by their black-and-white originals")
    print(f"  names   {'yes' if row['names'] else 'no'}")
    if row["labels"]:
        print(f"  labels  {row['labels']}{_of_classes(row['classes'])}")
    if row.get("splits"):
        runs = ", ".join(f"{name} {count:,}" for name, count in row["splits"])
        print(f"  splits  {printable(runs)}")
    for key, value in row.get("metadata", {}).items():
        print(f"  {printable(key)}: {printable(str(value))}")
    print(f"  size    {options.bytes_text(row['bytes'])}{per_image}")
    for model in row["models"]:
        size = model["embedded_bytes"]
        here = f", embedded ({options.bytes_text(size)})" if size else ""
        print(f"  model   {model['id']}  {_name(model)}{here}")
        if model["arithmetic"] == "int64":
            print("          self-check failed: float arithmetic is inexact here, int64 is used")
        elif model["arithmetic"]:
            print(f"          exact in {model['arithmetic']} on this machine")
    if row["damage"]:
        print(f"  damage  {printable(row['damage'])}")


def _name(model: dict[str, Any]) -> str:
    return printable(model["name"] or "not installed here")


def _show_table(rows: Sequence[dict[str, Any]], *, wide: bool) -> None:
    """A line a file, and what they come to together."""
    from aecodec.cli.table import Column, print_note, print_table

    columns = [
        Column("file"),
        Column("images", ",d"),
        Column("bytes", ",d", rank=1),
        Column("bytes an image", ",.2f"),
        Column("models", rank=1),
        Column("chunks", ",d", rank=2),
        Column("names", rank=3),
    ]
    damaged = sum(bool(row["damage"]) for row in rows)
    columns += [Column("damage")] if damaged else []
    cells = [
        [
            row["path"],
            row["images"],
            row["bytes"],
            row["bytes_per_image"],
            ", ".join(model["name"] or model["id"] for model in row["models"]),
            row["chunks"],
            "yes" if row["names"] else "no",
            row["damage"],
        ][: len(columns)]
        for row in rows
    ]
    print_table(columns, cells, wide=wide)
    images, size = (sum(row[key] for row in rows) for key in ("images", "bytes"))
    per_image = f", {size / images:,.2f} an image" if images else ""
    models = Counter(model["name"] or model["id"] for row in rows for model in row["models"])
    used = ", ".join(f"{name} in {count:,}" for name, count in models.most_common())
    print_note(
        f"{counted(len(rows), 'file')}{f', {damaged:,} damaged' * (damaged > 0)}: "
        f"{counted(images, 'image')} in {options.bytes_text(size)}{per_image}. "
        f"Models: {used}."
    )
