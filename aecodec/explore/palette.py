"""Colours and marker shapes of classes, the same on the page and in the figure.

The colours are Petroff's ten (2021, "Accessible color sequences for data visualization"), chosen
for colour-blind readers; the shapes tell classes apart without colour. After ten classes the
colours start again, with other shapes.
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
# matplotlib's markers; js/page/symbols.js has the same as polygons
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*", "p", "<", ">", "h", "d")


def style(number: int) -> tuple[str, str]:
    """Colour and marker shape of a class.

    Args:
        number: The number of the class, from 0.

    Returns:
        The colour as #rrggbb, and the shape as matplotlib calls it.
    """
    turn = number // len(COLOURS)
    return COLOURS[number % len(COLOURS)], SHAPES[(number + turn) % len(SHAPES)]
