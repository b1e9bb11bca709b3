"""The options of every command that reads a data set."""

from typing import Annotated

import typer

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
LabelsKey = Annotated[
    str | None,
    typer.Option("--labels", help="The key or column of a data set's labels.", metavar="KEY"),
]
