"""Image files in and out: read as 28x28, 8-bit grey, or refused with what was found."""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from aecodec.errors import InvalidImageError
from aecodec.images.array import SIDE, Images
from aecodec.images.formats import FORMATS
from aecodec.images.png_check import png_problem

SIGNATURES = (b"\x89PNG", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"\xff\xd8", b"P5")
MAX_FIT_PIXELS = 2**26


def read_image(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    fit: bool = False,
    invert: bool = False,
    name: str | None = None,
) -> Images:
    """Read one image file as uint8 (28, 28).

    `fit` converts what is not 28x28 grey (see `_fit`); `invert` turns dark-on-light around.
    `name` stands for the source in messages. Raises InvalidImageError naming what was found.
    """
    label = name or (str(source) if isinstance(source, str | os.PathLike) else "standard input")
    try:
        with Image.open(source, formats=FORMATS) as image:
            problem = _problem(image)
            if problem and not (fit and "frames" not in problem):
                hint = " Convert it with --fit." if "frames" not in problem else ""
                raise InvalidImageError(
                    f"{label}: found {problem}, need {SIDE}x{SIDE} 8-bit grey.{hint}"
                )
            if image.format == "PNG" and (damage := png_problem(_bytes(source))):
                raise InvalidImageError(f"{label}: damaged or truncated image ({damage}).")
            pixels = _fit(image, label, light=invert) if problem else _exact(image)
    except InvalidImageError:
        raise
    except UnidentifiedImageError as error:
        raise InvalidImageError(f"{label}: {_unidentified(source)}") from error
    except Image.DecompressionBombError as error:
        text = f"found far more pixels than {SIDE}x{SIDE}; make it smaller first"
        raise InvalidImageError(f"{label}: {text}.") from error
    except FileNotFoundError as error:
        raise InvalidImageError(f"{label}: there is no such file.") from error
    except PermissionError as error:
        raise InvalidImageError(f"{label}: may not be read (permission denied).") from error
    except Exception as error:  # on damaged input Pillow's readers raise nearly anything
        raise InvalidImageError(f"{label}: damaged or truncated image ({error}).") from error
    return np.invert(pixels) if invert else pixels


def _bytes(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes()
    source.seek(0)
    return source.read()


def _unidentified(source: str | os.PathLike[str] | BinaryIO) -> str:
    """Tell a damaged image from a file that is none, by its first bytes."""
    data = _bytes(source)
    if not data:
        return "is an empty file, not an image."
    if data.startswith(SIGNATURES):
        return "damaged or truncated image."
    return "not an image that aecodec reads (PNG, BMP, TIFF, WebP, JPEG, PGM)."


def _problem(image: Image.Image) -> str:
    """Say what keeps `image` from being taken as it is, or return an empty string."""
    size = f"{image.width}x{image.height}"
    if getattr(image, "n_frames", 1) > 1:
        return f"{getattr(image, 'n_frames', 1)} frames"
    if image.size != (SIDE, SIDE):
        return size
    if _deep(image):
        return f"{size} with more than 8 bits a sample"
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return f"{size} with an alpha channel"
    if image.mode in ("L", "1"):
        return ""
    if image.mode in ("RGB", "P"):
        rgb = np.asarray(image.convert("RGB"))
        return "" if (rgb == rgb[:, :, :1]).all() else f"{size} in colour"
    return f"{size} in mode {image.mode}"


def _deep(image: Image.Image) -> bool:
    """Tell samples of more than 8 bits, also where Pillow would cut them silently.

    The raw mode of a tile names them (`RGB;16B`); PPM's decoder names the maximum value.
    """
    if image.mode.startswith(("I", "F")):
        return True
    for tile in getattr(image, "tile", []):
        for arg in tile[3] if isinstance(tile[3], tuple) else (tile[3],):
            if isinstance(arg, str) and "16" in arg.partition(";")[2]:
                return True
            if isinstance(arg, int) and image.format == "PPM" and arg > 255:
                return True
    return False


def _exact(image: Image.Image) -> Images:
    if image.mode == "P":
        image = image.convert("RGB")
    return np.asarray(image if image.mode == "L" else image.convert("L"))


def _fit(image: Image.Image, label: str, *, light: bool) -> Images:
    """Convert to grey, lay alpha over the background, resize with the aspect kept, and pad.

    The background is black, or white where dark-on-light input (`light`) is to be inverted.
    """
    from PIL import ImageOps

    if image.width * image.height > MAX_FIT_PIXELS:
        raise InvalidImageError(f"{label}: {image.width}x{image.height} is too large to fit.")
    background = 255 if light else 0
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_to_8_bits(np.asarray(image), label))
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, (background,) * 3 + (255,))
        image.alpha_composite(layer)
    grey = image.convert("RGB").convert("L") if image.mode != "L" else image
    scale = SIDE / max(grey.size)
    width, height = (max(1, round(side * scale)) for side in grey.size)
    fitted = Image.new("L", (SIDE, SIDE), background)
    inner = grey.resize((width, height), Image.Resampling.LANCZOS)
    fitted.paste(inner, ((SIDE - width) // 2, (SIDE - height) // 2))
    return np.array(fitted, np.uint8)


def _to_8_bits(values: NDArray[Any], label: str) -> Images:
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 65_535:
        raise InvalidImageError(f"{label}: its samples are no 16-bit greys; convert it first.")
    return (values.astype(np.uint32) * 255 // 65_535).astype(np.uint8)


def png_bytes(image: Images) -> bytes:
    """Encode one uint8 (28, 28) image as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
