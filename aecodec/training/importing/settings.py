"""What the settings of Keras layers may be. A file can state anything at all."""

from collections.abc import Callable, Mapping
from typing import Any

from aecodec.errors import InvalidModelError

MOST_ITEMS = 8
MOST_SIZE = 1e9


def is_number(value: Any) -> bool:
    """Whether a value is a finite number of a plausible size."""
    return isinstance(value, int | float) and abs(value) < MOST_SIZE


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(type(n) is int for n in value)


def _is_axis(value: Any) -> bool:
    return type(value) is int or _is_shape(value)


# of the layers that can be imported; the settings of others are for Keras to check
CHECKS: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("Dense", "units"): lambda value: type(value) is int,
    ("Dense", "use_bias"): _is_flag,
    ("Reshape", "target_shape"): _is_shape,
    ("Rescaling", "scale"): is_number,
    ("Rescaling", "offset"): is_number,
    ("BatchNormalization", "axis"): _is_axis,
    ("BatchNormalization", "epsilon"): is_number,
    ("BatchNormalization", "center"): _is_flag,
    ("BatchNormalization", "scale"): _is_flag,
}
NEEDED: Mapping[str, str] = {
    "Dense": "units",
    "Activation": "activation",
    "Reshape": "target_shape",
    "Rescaling": "scale",
}


def check_setting(name: str, kind: str, key: str, value: Any) -> None:
    """Check one setting of a layer.

    Args:
        name: The layer's name.
        kind: Its class.
        key: The setting.
        value: Any value of JSON.

    Raises:
        InvalidModelError: It is not of the type that Keras writes.
    """
    check = CHECKS.get((kind, key))
    if not _is_plain(value) or not (check is None or check(value)):
        raise InvalidModelError(f"layer {name!r}: {key} = {value!r:.40} is not known.")


def check_needed(name: str, kind: str, found: Mapping[str, Any]) -> None:
    """Check that a layer states what it cannot be without.

    Raises:
        InvalidModelError: The setting is missing.
    """
    needed = NEEDED.get(kind)
    if needed is not None and needed not in found:
        raise InvalidModelError(f"layer {name!r} ({kind}) does not state its {needed}.")


def _is_plain(value: Any) -> bool:
    """Whether a value is a number, a string, None, or a short nested list of these."""
    rows = value if isinstance(value, list) else [value]
    items = [item for row in rows for item in (row if isinstance(row, list) else [row])]
    return len(items) <= MOST_ITEMS and all(isinstance(i, int | float | str | None) for i in items)
