"""The options of `aecodec compress`."""

from typing import Annotated

import typer

from aecodec.cli import data_options, options
from aecodec.cli.numbers import real, whole

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
        help="A family, a model's name, its id or its file; 'auto' is for each image the "
        "family that fits it best of those that ship [default: auto].",
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
Fit = data_options.Fit
Invert = data_options.Invert
Transpose = data_options.Transpose
Split = data_options.Split
ImagesKey = data_options.ImagesKey
LabelsKey = data_options.LabelsKey
SkipBad = Annotated[
    bool,
    typer.Option(
        "--skip-bad",
        help="Go on without images that cannot be read, also where numbers then shift.",
    ),
]
Effort = Annotated[
    int,
    typer.Option(
        parser=whole(1, 3),
        metavar="N",
        show_default=False,
        help="How long to search for a good code, 1 to 3 [default: 2].",
    ),
]
MaxMse = Annotated[
    float | None,
    typer.Option(
        parser=real(),
        metavar="MSE",
        help="For each image the smallest level within this mean squared error, 0 to 1.",
    ),
]
MinPsnr = Annotated[
    float | None,
    typer.Option(parser=real(), metavar="DB", help="The same bound as a PSNR in dB."),
]
ChunkImages = Annotated[
    int,
    typer.Option(
        parser=whole(1, 1024),
        metavar="N",
        show_default=False,
        help="How many images a chunk has [default: 1024]; few make single images quick.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Exit with 1 where images are unlike those the model was trained on."
    ),
]
