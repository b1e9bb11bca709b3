from pathlib import Path
from typing import Literal

import pytest
from helpers import pattern, save
from PIL import Image

from aecodec.images import HEAD_BYTES, image_format, is_image_file


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG", "PPM"])
def test_the_format_of_an_image_is_told_by_its_first_bytes(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "x", pattern(1)[0], format=kind)
    assert image_format(path.read_bytes()[:HEAD_BYTES]) == kind
    assert is_image_file(str(path))


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_all_of_netpbm_counts(tmp_path: Path, mode: str) -> None:
    path = save(tmp_path / "x", Image.new(mode, (28, 28)), format="PPM")
    assert image_format(path.read_bytes()[:HEAD_BYTES]) == "PPM"


@pytest.mark.parametrize("head", [b"P2\n# a comment\n28 28", b"P1\n28 28\n", b"P5#x\n28 28 255\n"])
def test_netpbm_may_be_text_with_comments(head: bytes) -> None:
    assert image_format(head) == "PPM"


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_of_both_byte_orders_and_big_tiff_count(
    tmp_path: Path, order: Literal["<", ">"], big: bool
) -> None:
    import tifffile

    tifffile.imwrite(tmp_path / "x", pattern(1)[0], byteorder=order, bigtiff=big)
    assert image_format((tmp_path / "x").read_bytes()[:HEAD_BYTES]) == "TIFF"


@pytest.mark.parametrize(
    "head",
    [b"", b"B", b"BM", b"BMW and others are cars", b"P5", b"P7\nWIDTH 28", b"PK\3\4", b"GIF89a",
     b"RIFF\0\0\0\0WAVE", b"Plain text of 32 bytes or more", b"AEZ1", b"\0\0\x08\3"],
)  # fmt: skip
def test_everything_else_is_no_image(head: bytes) -> None:
    assert image_format(head) is None
