"""Colours and marker shapes of classes, the same on the page and in the figure.

The colours are Petroff's ten (2021, "Accessible color sequences for data visualization"), which
colour-blind readers tell apart; the shapes tell classes apart in grey. Past ten classes the
colours start again with other shapes.
"""

COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
# as polygons on the page and as matplotlib's markers
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*", "p", "<", ">", "h", "d")


def style(number: int) -> tuple[str, str]:
    """Colour and shape of a class."""
    turn = number // len(COLOURS)
    return COLOURS[number % len(COLOURS)], SHAPES[(number + turn) % len(SHAPES)]
