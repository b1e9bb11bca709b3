"""The options of `aecodec compress`."""

from typing import Annotated

import typer

from aecodec.cli import options

Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Image files, folders of them, '-', or data sets: IDX, npy, npz, CSV, zip, tar, "
        "parquet.",
        metavar="INPUT...",
    ),
]
Level = options.LevelOption
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A family, a model's name, its id or its file; 'auto' is the family that fits best "
        "of those that ship [default: auto].",
        metavar="MODEL",
        show_default=False,
    ),
]
EmbedModel = Annotated[
    bool, typer.Option("--embed-model", help="Put what decoding needs into the archive.")
]
Names = Annotated[
    bool | None,
    typer.Option(
        "--names/--no-names",
        help="Keep the images' names in an archive [default: unless one file is given].",
        show_default=False,
    ),
]
Fit = Annotated[
    bool, typer.Option("--fit", help="Convert what is not 28x28 grey: grey, resized, padded.")
]
Invert = Annotated[bool, typer.Option("--invert", help="Turn dark-on-light images around.")]
Transpose = Annotated[
    bool, typer.Option("--transpose", help="Swap rows and columns, for EMNIST's orientation.")
]
Split = Annotated[
    str | None,
    typer.Option("--split", help="Of a data set only train, validation or test.", metavar="NAME"),
]
ImagesKey = Annotated[
    str | None,
    typer.Option("--images", help="The key or column of a data set's images.", metavar="KEY"),
]
Effort = Annotated[
    int,
    typer.Option(
        min=1,
        max=3,
        metavar="N",
        show_default=False,
        help="How long to search for a good code, 1 to 3 [default: 2].",
    ),
]
MaxMse = Annotated[
    float | None,
    typer.Option(
        metavar="MSE",
        help="For each image the smallest level within this mean squared error, 0 to 1.",
    ),
]
MinPsnr = Annotated[
    float | None, typer.Option(metavar="DB", help="The same bound as a PSNR in dB.")
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Exit with 1 where images are unlike those the model was trained on."
    ),
]
