"""What a valid image is, and image files in and out."""

from typing import TYPE_CHECKING

from aecodec.deferred import exports

if TYPE_CHECKING:
    from aecodec.images.array import PIXELS, SIDE, Images, exact_images
    from aecodec.images.batch import ImageBatch
    from aecodec.images.files import png_bytes, read_image, read_images, write_png
    from aecodec.images.fit import fit_images
    from aecodec.images.formats import HEAD_BYTES, image_format, is_image_file, is_image_path

__all__ = [
    "HEAD_BYTES",
    "PIXELS",
    "SIDE",
    "ImageBatch",
    "Images",
    "exact_images",
    "fit_images",
    "image_format",
    "is_image_file",
    "is_image_path",
    "png_bytes",
    "read_image",
    "read_images",
    "write_png",
]

# plain PNG files need little of it
__getattr__ = exports(
    __name__,
    {
        "PIXELS": "array",
        "SIDE": "array",
        "Images": "array",
        "exact_images": "array",
        "ImageBatch": "batch",
        "png_bytes": "files",
        "read_image": "files",
        "read_images": "files",
        "write_png": "files",
        "fit_images": "fit",
        "HEAD_BYTES": "formats",
        "image_format": "formats",
        "is_image_file": "formats",
        "is_image_path": "formats",
    },
)
