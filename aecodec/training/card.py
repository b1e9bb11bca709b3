"""The card beside a model file: what it was made from, how, and what it reaches."""

from dataclasses import dataclass

from aecodec.images import PIXELS


@dataclass(frozen=True)
class Errors:
    """Mean squared errors on [0, 1] of one set of images, all from the same codes.

    Attributes:
        floats: The error of the float decoder.
        integers: The error of the codec.
        encoder: The error of the codec by the encoder network alone, where there is one.
        misclassified: The shares of the images that a classifier gets wrong, once decoded and as
            originals, or None without labels.
    """

    floats: float
    integers: float
    encoder: float | None
    misclassified: tuple[float, float] | None


@dataclass(frozen=True)
class Figures:
    """What a model makes of one set of images.

    Attributes:
        images: How many images there are.
        bits: What the codes cost, a mean of bits an image.
        errors: What decoding changes, or None where it changes nothing.
    """

    images: int
    bits: float
    errors: Errors | None = None


@dataclass(frozen=True)
class Making:
    """How a model was trained, and the command that uses it."""

    name: str
    model_id: str
    model_bytes: int
    data: str
    train_images: int
    validation: str
    command: str
    use: str
    seed: int
    minutes: float
    versions: str
    structure: str
    kind: str


def card(making: Making, figures: dict[str, Figures], notes: tuple[str, ...]) -> str:
    """Write the card as Markdown."""
    lines = [
        f"# {making.name}",
        "",
        f"Kind `{making.kind}`, id `{making.model_id}`, {making.model_bytes:,} bytes. "
        f"{making.structure}",
        "",
        f"- **Data**: {making.data}; {making.train_images:,} images to train on.",
        f"- **Validation**: {making.validation}",
        f"- **Made by**: `{making.command}`",
        f"- **Use it**: `{making.use}`",
        f"- **Seed** {making.seed}, {making.minutes:.0f} minutes, {making.versions}.",
        *(f"- {note}" for note in notes),
        "",
        *_results(figures),
        "",
    ]
    return "\n".join(lines)


def _results(figures: dict[str, Figures]) -> list[str]:
    """The table of figures, and what is to be known of it."""
    if any(figure.errors is None for figure in figures.values()):
        return [
            "Every image comes back exactly. Model selection used the validation images only.",
            "",
            "| images | | bits an image | bytes an image | bits a pixel |",
            "| --- | --- | --- | --- | --- |",
            *(_exact_row(part, figure) for part, figure in figures.items()),
        ]
    return [
        "Mean squared error on [0, 1]; float and integer decode the same codes. Model selection "
        "used the validation images only.",
        "",
        "| images | | bits | float | integer | integer, encoder network alone | "
        "misclassified, decoded | misclassified, originals |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(
            _row(part, figure, figure.errors)
            for part, figure in figures.items()
            if figure.errors is not None
        ),
        "",
        "Misclassified: the share that a small convolutional classifier, trained on original "
        "training images, gets wrong.",
        "",
        "A lossy model can change what an image says. Use it where that is acceptable.",
    ]


def _exact_row(part: str, figure: Figures) -> str:
    bits = figure.bits
    cells = f"{bits:.2f}", f"{bits / 8:.2f}", f"{bits / PIXELS:.4f}"
    return f"| {part} | {figure.images:,} | {' | '.join(cells)} |"


def _row(part: str, figure: Figures, errors: Errors) -> str:
    wrong = (
        ("", "")
        if errors.misclassified is None
        else tuple(f"{m:.1%}" for m in errors.misclassified)
    )
    cells = (
        part,
        f"{figure.images:,}",
        f"{figure.bits:.2f}",
        f"{errors.floats:.5f}",
        f"{errors.integers:.5f}",
        "" if errors.encoder is None else f"{errors.encoder:.5f}",
        *wrong,
    )
    return f"| {' | '.join(cells)} |"
