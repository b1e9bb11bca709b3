"""`aecodec list`: the names of the images in .aez files."""

import sys
from collections.abc import MutableSequence, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aecodec.cli import options
from aecodec.errors import printable

if TYPE_CHECKING:
    from aecodec.archive import Archive
    from aecodec.batch import Failure, Member


def list(  # the command's name; nothing here needs the built-in
    inputs: options.AezInputs,
    long: Annotated[
        bool, typer.Option("-l", "--long", help="Also bytes of payload, the model, and the label.")
    ] = False,
    label: options.Label = None,
    model: options.ExtraModel = None,
    recursive: options.Recursive = False,
    json: options.Json = False,
) -> None:
    """List the images of .aez files: a name a line, as `decompress` takes and writes them.

    Images without names are called by their numbers. The bytes of an image are its share of what
    its chunk takes, without names and checksums.
    """
    from aecodec.batch import Failure, find_aez_files
    from aecodec.errors import AecodecError

    options.check_model(model)
    rows = []
    with find_aez_files(inputs, recursive=recursive) as found:
        options.tell_unentered(found.unentered)
        failures = [*found.failures]
        for number, file in enumerate(found.files):
            lost: Sequence[Failure] = ()
            try:
                with file.open(model) as archive:
                    if json:
                        row, lost = _row(archive, model, label)
                        rows.append(row)
                    else:
                        if len(found.files) > 1:
                            _write(*[""] * (number > 0), f"{file.name}:")
                        lost = _show(archive, model, label, long=long)
            except AecodecError as error:
                lost = [Failure(file.name, error)]
            failures += lost
    if json:
        options.print_json({"files": rows, "failures": options.failure_rows(failures)})
    options.finish(failures)


def _show(
    archive: "Archive", model: str | None, label: str | None, *, long: bool
) -> "Sequence[Failure]":
    """Print a line an image as it is read; return what could not be read."""
    from aecodec.batch import members

    failures: MutableSequence[Failure] = []
    if long and sys.stdout.isatty():
        _write(f"{'bytes':>9}  {'model':<16}  name")
    for member in members(archive, model, failures, label):
        _write(_line(member) if long else member.name)
    return failures


def _line(member: "Member") -> str:
    label = "" if member.label is None else str(member.label)
    if sys.stdout.isatty():
        return f"{member.bytes:9,.2f}  {member.model:<16}  {member.name}  {label}".rstrip()
    cells = [f"{member.bytes:.2f}", member.model, member.name]
    return "\t".join([*cells, label] if label else cells)


def _write(*lines: str) -> None:
    """Print lines: to a terminal as text, elsewhere the bytes of the names as they are."""
    for line in lines:
        if sys.stdout.isatty():
            print(printable(line))
        else:
            sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")


def _row(
    archive: "Archive", model: str | None, label: str | None
) -> "tuple[dict[str, Any], Sequence[Failure]]":
    from aecodec.batch import members

    failures: MutableSequence[Failure] = []
    images = [asdict(member) for member in members(archive, model, failures, label)]
    return {"path": archive.path, "named": archive.named, "images": images}, failures
