"""What the samples of an image file mean: turned into greys, or refused.

- Grey of 1, 2 and 4 bits, and Netpbm of any maximum value, are scaled to 0 to 255.
- Where 0 is white (TIFF's MinIsWhite) the greys are inverted; palettes are looked up.
- EXIF orientation is obeyed in every format: the image is taken as a viewer shows it.
- Alpha and transparent colours are laid over a background; only `fitted` takes them.
- Colour management is not applied (gAMA, cHRM, sRGB, ICC profiles, TIFF's response curves): the
  samples are the greys. PNG's sBIT only tells how samples were made, and is not needed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFile

from aecodec.errors import InvalidImageError
from aecodec.images.array import SIDE, Images
from aecodec.images.netpbm import is_deep
from aecodec.images.tiff_tags import BITS_PER_SAMPLE, MIN_IS_WHITE, PHOTOMETRIC, tags

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
_PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}
_COLOUR = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr")


def exact(image: ImageFile.ImageFile, data: bytes) -> Images:
    """Take an image of 28x28 8-bit greys as it is.

    Args:
        image: A frame of `data`, not yet decoded.
        data: The bytes of the file.

    Returns:
        uint8 (28, 28).

    Raises:
        InvalidImageError: It is something else; the message names what was found.
    """
    check_size(image)
    size = f"{SIDE}x{SIDE}"
    if image.mode.startswith(("I", "F")) or _bits(image, data) > 8:
        raise _unlike(f"{size} with more than 8 bits a sample")
    image.load()  # which finds a PNG's metadata behind its pixels, too
    if "transparency" in image.info or image.mode in _ALPHA:
        raise _unlike(f"{size} with an alpha channel")
    if image.mode in ("RGB", "P"):
        rgb = np.asarray(_upright(image).convert("RGB"))
        if (rgb != rgb[:, :, :1]).any():
            raise _unlike(f"{size} in colour")
        return np.ascontiguousarray(rgb[:, :, 0])
    if image.mode not in ("L", "1"):
        raise _unlike(f"{size} in mode {image.mode}")
    return np.array(_upright(image).convert("L"))


def check_size(image: Image.Image) -> None:
    """Raise InvalidImageError unless an image is 28x28."""
    if image.size != (SIDE, SIDE):
        raise _unlike(f"{image.width}x{image.height}")


def _unlike(found: str) -> InvalidImageError:
    need = f"need {SIDE}x{SIDE} 8-bit grey. Convert it with --fit"
    return InvalidImageError(f"found {found}, {need}")


def fitted(image: ImageFile.ImageFile, data: bytes, background: int) -> Images:
    """Convert any image to 28x28 greys.

    Lays alpha over the background, resizes with the aspect kept, and pads.

    Args:
        image: A frame of `data`, not yet decoded.
        data: The bytes of the file.
        background: The grey below transparent pixels and beside the image, 0 to 255.

    Returns:
        uint8 (28, 28).

    Raises:
        InvalidImageError: Nothing here can turn its samples into greys.
    """
    bits = _bits(image, data)
    white_is_zero = image.format == "TIFF" and tags(image, PHOTOMETRIC) == (MIN_IS_WHITE,)
    image.load()
    upright = _upright(_positive(image))
    clear = upright.info.get("transparency")
    if upright.mode.startswith("I"):
        upright = _eight_bits(upright, bits, white_is_zero=white_is_zero)
    elif clear is not None and upright.mode == "RGB" and bits > 8:
        raise InvalidImageError("a transparent colour of 16 bits; save it with 8 bits a sample")
    elif clear is not None and upright.mode == "L":
        most = 2**bits - 1
        upright.info["transparency"] = (clear & most) * 255 // most
    return resized(upright, background)


def resized(image: Image.Image, background: int) -> Images:
    """Lay an image of 8-bit samples over a background, and fit it into 28x28 with its aspect."""
    grey = _over(image, background)
    scale = SIDE / max(grey.size)
    width, height = (max(1, round(side * scale)) for side in grey.size)
    padded = Image.new("L", (SIDE, SIDE), background)
    inner = grey.resize((width, height), Image.Resampling.LANCZOS)
    padded.paste(inner, ((SIDE - width) // 2, (SIDE - height) // 2))
    return np.array(padded, np.uint8)


def _bits(image: ImageFile.ImageFile, data: bytes) -> int:
    """Bits a sample in the file, which Pillow cuts to 8 where it has no mode for more."""
    if image.format == "PNG":
        return data[24]  # of the IHDR chunk, which comes first
    if image.format == "TIFF":
        return int(max(tags(image, BITS_PER_SAMPLE), default=1))
    if image.format == "PPM":
        return 16 if is_deep(image) else 8
    return 8


def _positive(image: Image.Image) -> Image.Image:
    """Undo what Pillow does to inks: it takes all of JPEG for inverted, as Adobe stores them."""
    if image.format in ("JPEG", "MPO") and image.mode == "CMYK" and "adobe" not in image.info:
        return ImageChops.invert(image)
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turn an image as its EXIF orientation says; Pillow has turned a TIFF while loading it."""
    if image.format == "TIFF":
        return image
    try:
        method = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # Pillow raises nearly anything on damaged metadata, which say nothing then
        return image
    return image if method is None else image.transpose(method)


def _eight_bits(image: Image.Image, bits: int, *, white_is_zero: bool) -> Image.Image:
    """The high part of greys of more than 8 bits, with alpha where one of them is transparent."""
    most = 2**bits - 1
    values: NDArray[Any] = np.asarray(image)
    if values.min() < 0 or values.max() > most:
        raise InvalidImageError(f"its samples are no {bits}-bit greys; convert it first")
    greys = (most - values if white_is_zero else values).astype(np.uint32) * 255 // most
    grey = Image.fromarray(greys.astype(np.uint8))
    if "transparency" not in image.info:
        return grey
    opaque = np.where(values == image.info["transparency"], 0, 255).astype(np.uint8)
    return Image.merge("LA", (grey, Image.fromarray(opaque)))


def _over(image: Image.Image, background: int) -> Image.Image:
    """The greys of an image over a background, mode L."""
    if "transparency" in image.info or image.mode in _ALPHA:
        straight = image.convert(_PREMULTIPLIED.get(image.mode, image.mode))
        layer = straight.convert("RGBA")
        image = Image.new("RGBA", layer.size, (background,) * 3 + (255,))
        image.alpha_composite(layer)
        return image.convert("RGB").convert("L")
    if image.mode not in _COLOUR:
        raise InvalidImageError(f"in mode {image.mode}, which is not converted; save it as grey")
    return image if image.mode == "L" else image.convert("RGB").convert("L")
