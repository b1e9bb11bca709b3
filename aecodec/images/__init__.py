"""What a valid image is, and image files in and out."""

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
