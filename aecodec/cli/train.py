"""`aecodec train`: a codec trained on your own images."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import data_options, options
from aecodec.cli.numbers import real, whole
from aecodec.levels import TO_TRAIN, TRAINED, sorted_levels

if TYPE_CHECKING:
    from aecodec.training import Split, TrainingOptions

_EPOCHS = ", ".join(f"{name} {TRAINED[name].epochs}" for name in sorted_levels(list(TRAINED)))

_FEW_EPOCHS = ", ".join(
    f"{name} {few}" for name in TRAINED if (few := TRAINED[name].few_epochs) is not None
)


def train(
    data: Annotated[
        str,
        typer.Argument(help=f"{options.DATA_HELP} mnist and fashion_mnist are downloaded."),
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
            help=f"What to train: {', '.join(sorted_levels(list(TRAINED)))}, or all; may be given "
            f"several times [default: {TO_TRAIN}].",
            metavar="LEVEL",
        ),
    ] = None,
    latents: Annotated[
        int,
        typer.Option(
            "--latent",
            parser=whole(1, 64),
            metavar="N",
            help="Latents of classic, a byte each.",
        ),
    ] = 2,
    variational: Annotated[
        bool, typer.Option("--variational", help="Make classic a variational auto-encoder.")
    ] = False,
    kl_weight: Annotated[
        float | None,
        typer.Option(
            parser=real(0),
            metavar="X",
            help="Weight of its Kullback-Leibler divergence [default: 1].",
        ),
    ] = None,
    linear: Annotated[
        bool, typer.Option("--linear", help="Make classic a purely linear network.")
    ] = False,
    few_greys: Annotated[
        bool,
        typer.Option(
            "--few-greys",
            help="Make q1 to q5 draw images with few grey levels, coded as lossless codes all: for "
            "images of many sorts.",
        ),
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            parser=whole(1),
            metavar="N",
            help=f"Passes over the images [default: {_EPOCHS}; "
            f"for fewer than 20,000 images {_FEW_EPOCHS}].",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(parser=whole(0), metavar="N", help="The same seed gives the same model file."),
    ] = 1,
    mirror: Annotated[
        bool,
        typer.Option(
            "--mirror", help="Train on mirror images too, left for right: for clothes, not letters."
        ),
    ] = False,
    fit: data_options.Fit = False,
    invert: data_options.Invert = False,
    transpose: data_options.Transpose = False,
    split: data_options.Split = None,
    images: data_options.ImagesKey = None,
    labels: data_options.LabelsKey = None,
    skip_bad: options.SkipBad = False,
    h5: Annotated[bool, typer.Option("--h5", help="Save the float model as .h5 too.")] = False,
    force: options.Force = False,
) -> None:
    """Train models on 28x28 grey images and export exact integer codecs.

    Writes the model file, the float model (.keras for classic, else .npz) and a card (.md)
    beside it. A tenth of the images is held back for validation. An interrupted training goes on
    when the same command is given again. Needs the [train] extra.
    """
    from aecodec.cli.targets import check_targets
    from aecodec.cli.training import training_progress
    from aecodec.datasets import Options
    from aecodec.training import IN_FEW_GREYS, LEVELS, TrainingOptions, model_files
    from aecodec.training import train as run

    if variational and linear:
        raise options.wrong_usage("--variational and --linear exclude each other")
    if kl_weight is not None and not variational:
        raise options.wrong_usage("--kl-weight goes with --variational")
    if few_greys and not level:
        raise options.wrong_usage(f"--few-greys goes with --level: {', '.join(IN_FEW_GREYS)}")
    among = IN_FEW_GREYS if few_greys else LEVELS
    wanted = TrainingOptions(
        source=data,
        targets=model_files(output, level or [TO_TRAIN], among),
        latents=latents,
        epochs=epochs,
        seed=seed,
        kl_weight=(1.0 if kl_weight is None else kl_weight) if variational else None,
        linear=linear,
        few_greys=few_greys,
        reading=Options(fit, invert, transpose, skip_bad, images, labels),
        split=split,
        h5=h5,
        overwrite=force,
        command=shlex.join(["aecodec", *sys.argv[1:]]),
    )
    check_targets(wanted.files, overwrite=force, folders=True)
    run(wanted, _load(wanted, mirror), options.say, training_progress)


def _load(wanted: "TrainingOptions", mirror: bool) -> "Split":
    """Load and check the data, before TensorFlow takes its seconds to start."""
    from aecodec.training import load_split

    data = load_split(wanted.source, wanted.reading, wanted.split)
    if mirror:
        data = data.mirrored()
    for note in data.notes:
        options.say(note)
    classes = "" if data.train_labels is None else f", {len(set(data.train_labels))} classes"
    options.say(
        f"{len(data.train):,} images to train on, {len(data.validation):,} to validate on{classes}"
    )
    return data
