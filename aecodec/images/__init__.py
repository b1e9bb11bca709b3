"""What a valid image is, and image files in and out."""

from aecodec.images.array import PIXELS, SIDE, Images, check_images
from aecodec.images.files import is_image_path, png_bytes, read_image

__all__ = ["PIXELS", "SIDE", "Images", "check_images", "is_image_path", "png_bytes", "read_image"]
