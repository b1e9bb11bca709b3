"""`aecodec train`: a codec trained on your own images."""

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aecodec.cli import options

if TYPE_CHECKING:
    from aecodec.training.progress import Progress


def train(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of images, IDX, npy or npz, or mnist / fashion_mnist (downloaded)."
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The model file to write.", metavar="FILE.aem")
    ],
    level: Annotated[
        str, typer.Option(help="What to train: classic, x392 or q1 to q5.")
    ] = "classic",
    latents: Annotated[
        int, typer.Option("--latent", min=1, max=64, help="Latents of classic, a byte each.")
    ] = 2,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the images [default: as the level needs]."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model file.")] = 1,
    h5: Annotated[bool, typer.Option("--h5", help="Save the float model as .h5 too.")] = False,
    force: options.Force = False,
) -> None:
    """Train a model on 28x28 grey images and export the exact integer codec.

    Writes the model file, the float model (.keras for classic, else .npz) and a card (.md)
    beside it. A tenth of the images is held back for validation. Needs the [train] extra.
    """
    from aecodec.errors import MissingDependencyError
    from aecodec.outputs import check_target

    if output.suffix != ".aem":
        raise options.wrong_usage("name the model file FAMILY-LEVEL.aem, e.g. mine-classic.aem")
    floats = ".keras" if level == "classic" else ".npz"
    for suffix in (".aem", ".md", floats, *([".h5"] if h5 else [])):
        check_target(output.with_suffix(suffix), overwrite=force)
    try:
        from aecodec.training.levels import EPOCHS
        from aecodec.training.run import Order, run
    except ImportError as error:
        raise MissingDependencyError(
            f"Training needs TensorFlow ({error.name} is missing): pip install 'aecodec[train]'."
        ) from error
    command = shlex.join(["aecodec", *sys.argv[1:]])
    if level not in EPOCHS:
        raise options.wrong_usage(f"--level takes {' or '.join(EPOCHS)}")
    order = Order(data, output, level, latents, epochs or EPOCHS[level], seed, h5, force, command)
    figures = run(order, options.say, _progress())
    for part, figure in figures.items():
        options.say(
            f"{part}: MSE {figure.integers:.5f} (float {figure.floats:.5f}) "
            f"on {figure.images:,} images"
        )
    options.say(f"{output}: written, with its float model and card beside it")


def _progress() -> "Progress":
    """A line that is written over on a terminal, and now and then a line elsewhere."""
    begun = time.monotonic()

    def tell(
        stage: str,
        done: int,
        total: int,
        distortion: float,
        rate: float | None = None,
        validation: float | None = None,
    ) -> None:
        text = f"{time.monotonic() - begun:5.0f} s  {stage} {done}/{total}, MSE {distortion:.5f}"
        if validation is not None:
            text += f" (validation {validation:.5f})"
        if rate is not None:
            text += f", {rate:.1f} bits an image"
        if sys.stderr.isatty():
            print(f"\r{text}   ", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done == total or done % 10 == 0:
            options.say(text)

    return tell
