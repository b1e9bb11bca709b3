"""`aecodec models`: what is installed; what is inside a model; one from elsewhere."""

import math
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from aecodec.cli import data_options, options
from aecodec.cli.numbers import real
from aecodec.storage import to_path

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")

app = typer.Typer(help="List the installed models, look inside one, or import one from Keras.")

Which = Annotated[
    str, typer.Argument(help="A model's name, id or file, or a Keras file.", metavar="MODEL")
]


@app.callback(invoke_without_command=True)
def models(context: typer.Context, wide: options.Wide = False, json: options.Json = False) -> None:
    """List the installed models: name, kind, size, id and file."""
    if context.invoked_subcommand:
        return
    from aecodec.cli.table import Column, print_table
    from aecodec.errors import AecodecError
    from aecodec.library import families, levels_of, search_path
    from aecodec.model_file import read_model

    rows: list[dict[str, Any]] = []
    for path in (path for family in families() for path in levels_of(family).values()):
        row: dict[str, Any] = {"name": path.stem, "path": str(path)}
        row |= {"bytes": None, "kind": None, "id": None, "problem": None}
        try:
            row["bytes"] = path.stat().st_size
            model = read_model(path)
            row |= {"kind": model.kind, "id": model.id.hex()}
        except (AecodecError, OSError) as error:
            row["problem"] = str(error)
        rows.append(row)
    if json:
        options.print_json({"models": rows, "searched": [str(p) for p in search_path()]})
        return
    columns = (
        Column("model"),
        Column("kind"),
        Column("bytes", ","),
        Column("id", rank=1),
        Column("file", rank=2),
    )
    if rows:
        cells = [(r["name"], r["kind"] or "unusable", r["bytes"], r["id"], r["path"]) for r in rows]
        print_table(columns, cells, wide=wide)
    else:
        options.say(f"No models are installed; searched {', '.join(map(str, search_path()))}")
    for row in rows:
        if row["problem"]:
            options.say(f"aecodec: {row['problem']}")


@app.command()
def summary(model: Which, wide: options.Wide = False) -> None:
    """Print a model's layers: of a model file (.aem), or of a Keras file (.keras, .h5).

    Nothing that a Keras file carries is executed; it needs the [train] extra.
    """
    from aecodec.cli.table import Column, print_note, print_table

    if model.endswith(KERAS_SUFFIXES):
        _summarise_keras(to_path(model), wide)
        return
    from aecodec.kinds import describe_model
    from aecodec.library import find_path, load_codec

    codec = load_codec(find_path(model))
    size = options.bytes_text(codec.file_bytes)
    print_note(f"{codec.name}: kind {codec.kind}, id {codec.id.hex()}, {size}")
    print_note(f"An image is {codec.coder.code_text}; arithmetic in {codec.coder.arithmetic}.")
    columns = (
        Column("layer"),
        Column("shape"),
        Column("clip", rank=1),
        Column("bits", "d", rank=1),
        Column("parameters", ",", rank=2),
        Column("bytes", ","),
    )
    print_table(
        columns,
        [
            (r.name, r.shape, r.activation, r.bits, r.parameters, r.bytes)
            for r in describe_model(codec.model)
        ],
        wide=wide,
    )


@app.command()
def plot(
    model: Annotated[str, typer.Argument(help="A Keras file (.keras, .h5).", metavar="FILE")],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The picture to write.", parser=to_path, metavar="FILE.png"
        ),
    ],
    force: options.Force = False,
) -> None:
    """Draw a network's structure as PNG, with Keras' plot_model. Needs pydot and Graphviz.

    Nothing that the file carries is executed. `aecodec train` saves a .keras beside its model.
    """
    from aecodec.batch import atomic_file
    from aecodec.cli.targets import check_targets
    from aecodec.training import importing

    if output.suffix != ".png":
        raise options.wrong_usage("name the picture FILE.png")
    if not model.endswith(KERAS_SUFFIXES):
        raise options.wrong_usage(
            "plot draws Keras files: name the .keras file that training saved beside the model; "
            "'aecodec models summary' prints the layers of a model file"
        )
    check_targets([output], overwrite=force)
    picture = importing.plot(to_path(model))
    with atomic_file(output, overwrite=force) as file:
        file.write(picture)
    options.say(f"{output}: written")


@app.command("import")
def import_(
    source: Annotated[
        Path,
        typer.Argument(help="A Keras auto-encoder (.keras, .h5).", parser=to_path, metavar="FILE"),
    ],
    data: Annotated[
        str,
        typer.Option(
            help="Images such as it was trained on, as 'aecodec train' takes them.", metavar="DATA"
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The model file to write.", parser=to_path, metavar="FILE.aem"
        ),
    ],
    fit: data_options.Fit = False,
    invert: data_options.Invert = False,
    transpose: data_options.Transpose = False,
    split: data_options.Split = None,
    images: data_options.ImagesKey = None,
    labels: data_options.LabelsKey = None,
    skip_bad: options.SkipBad = False,
    ends: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--range",
            help="The numbers for black and white that it was trained with, such as 0 1 "
            "[default: found on the images].",
            metavar="LOW HIGH",
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Make an exact integer codec of a Keras auto-encoder that was trained elsewhere.

    It must be a chain of dense layers, from 28x28 pixels through a bottleneck and back. Nothing
    that the file carries is executed. Needs the [train] extra.
    """
    from aecodec.cli.targets import check_targets
    from aecodec.datasets import Options
    from aecodec.training.importing import import_model

    given = None
    if ends is not None:
        given = real()(ends[0]), real()(ends[1])
        if not (all(map(math.isfinite, given)) and given[0] != given[1]):
            raise options.wrong_usage("--range takes two different numbers, for black and white")
    if output.suffix != ".aem":
        raise options.wrong_usage("name the model file FAMILY-LEVEL.aem, e.g. mine-classic.aem")
    check_targets([output, output.with_suffix(".md")], overwrite=force)
    command = shlex.join(["aecodec", *sys.argv[1:]])
    found = import_model(
        source,
        data,
        output,
        command,
        given=given,
        reading=Options(fit, invert, transpose, skip_bad, images, labels),
        split=split,
        overwrite=force,
        say=options.say,
    )
    for note in found.notes:
        options.say(note)
    options.say(f"{output}: written, with its card beside it")


def _summarise_keras(path: Path, wide: bool) -> None:
    from aecodec.cli.table import Column, print_note, print_table
    from aecodec.training.importing import layers

    rows = layers(path)
    print_note(f"{path.name}: {sum(row.parameters for row in rows):,} parameters")
    print_table(
        (Column("layer"), Column("kind", rank=1), Column("output"), Column("parameters", ",")),
        [(x.name, x.kind, "x".join(map(str, x.output)), x.parameters) for x in rows],
        wide=wide,
    )
