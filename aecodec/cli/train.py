"""`aecodec train`: a codec trained on your own images."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options

if TYPE_CHECKING:
    from aecodec.training.data import Split


def train(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of images, IDX, npy or npz, or mnist / fashion_mnist (downloaded)."
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="The model file to write; without .aem a family's name or a folder, "
            "to which -LEVEL.aem is added.",
            metavar="FILE.aem",
        ),
    ],
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="What to train: classic [default], x392, q1 to q5, or all; may be given "
            "several times.",
            metavar="LEVEL",
        ),
    ] = None,
    latents: Annotated[
        int,
        typer.Option(
            "--latent", min=1, max=64, metavar="N", help="Latents of classic, a byte each."
        ),
    ] = 2,
    variational: Annotated[
        bool, typer.Option("--variational", help="Make classic a variational auto-encoder.")
    ] = False,
    kl_weight: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="X", help="Weight of its Kullback-Leibler divergence [default: 1]."
        ),
    ] = None,
    linear: Annotated[
        bool, typer.Option("--linear", help="Make classic a purely linear network.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Passes over the images [default: as the level needs; classic 90, or 45 for "
            "fewer than 20,000 images].",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="The same seed gives the same model file.")
    ] = 1,
    fit: Annotated[
        bool, typer.Option("--fit", help="Convert files that are not 28x28 grey, as compress does.")
    ] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Turn dark-on-light around.")] = False,
    skip_bad: options.SkipBad = False,
    h5: Annotated[bool, typer.Option("--h5", help="Save the float model as .h5 too.")] = False,
    force: options.Force = False,
) -> None:
    """Train models on 28x28 grey images and export exact integer codecs.

    Writes the model file, the float model (.keras for classic, else .npz) and a card (.md)
    beside it. A tenth of the images is held back for validation. An interrupted training goes on
    when the same command is given again. Needs the [train] extra.
    """
    if variational and linear:
        raise options.wrong_usage("--variational and --linear exclude each other")
    if kl_weight is not None and not variational:
        raise options.wrong_usage("--kl-weight goes with --variational")
    targets = _targets(output, level or ["classic"], h5=h5, force=force)
    split = _load(data, fit, invert, skip_bad)
    from aecodec.cli.training import training_progress
    from aecodec.errors import MissingDependencyError

    try:
        with _hushed():
            from aecodec.training.run import Order, run
    except ImportError as error:
        raise MissingDependencyError(
            f"Training needs TensorFlow ({error.name} is missing): pip install 'aecodec[train]'."
        ) from error
    order = Order(
        source=data,
        targets=targets,
        latents=latents,
        epochs=epochs,
        seed=seed,
        kl_weight=(1.0 if kl_weight is None else kl_weight) if variational else None,
        linear_only=linear,
        invert=invert,
        h5=h5,
        overwrite=force,
        command=shlex.join(["aecodec", *sys.argv[1:]]),
    )
    run(order, split, options.say, training_progress)


def _targets(output: str, levels: list[str], *, h5: bool, force: bool) -> dict[str, Path]:
    """The model file of each level, none of which may be in the way."""
    from aecodec.batch.sinks import check_target
    from aecodec.training.schedule import EPOCHS

    if levels == ["all"]:
        levels = list(EPOCHS)
    if unknown := [level for level in levels if level not in EPOCHS]:
        raise options.wrong_usage(
            f"--level takes {', '.join(EPOCHS)} or all, not {', '.join(unknown)}"
        )
    place = Path(output)
    if place.suffix == ".aem":
        if len(levels) > 1:
            raise options.wrong_usage("for several levels give -o without .aem, e.g. -o mine")
        targets = {levels[0]: place}
    else:
        if output.endswith("/") or os.path.isdir(output):  # noqa: PTH112
            place /= place.resolve().name
        elif place.suffix:
            raise options.wrong_usage("name the model file FAMILY-LEVEL.aem, e.g. mine-classic.aem")
        targets = {level: place.with_name(f"{place.name}-{level}.aem") for level in levels}
    for level, target in targets.items():
        floats = ".keras" if level == "classic" else ".npz"
        for suffix in (".aem", ".md", floats, *([".h5"] if h5 else [])):
            check_target(target.with_suffix(suffix), overwrite=force)
    return targets


def _load(source: str, fit: bool, invert: bool, skip_bad: bool) -> "Split":
    """Load and check the data, before TensorFlow takes its seconds to start."""
    from aecodec.training.data import load_split

    data = load_split(source, fit=fit, invert=invert, skip_bad=skip_bad)
    for note in data.notes:
        options.say(note)
    classes = "" if data.train_labels is None else f", {len(set(data.train_labels))} classes"
    options.say(
        f"{len(data.train):,} images to train on, {len(data.validation):,} to validate on{classes}"
    )
    return data


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep TensorFlow's native start-up chatter, which no setting silences, off standard error."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
