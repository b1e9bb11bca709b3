"""A decoder written from docs/FORMAT.md alone: plain Python, slow, and without aecodec.

It reads whole files, front to back, and gives each the verdict that the page asks for. The suite
holds the package against it, and the vectors take their pixels from it.
"""

from reference.archive import FIXED, RESIDUALS, STORED, Picture, decode, decode_file
from reference.data import (
    Bytes,
    DamagedError,
    RefusedError,
    UnknownModelError,
    UnsupportedError,
    WrongPixelsError,
    need,
    pack_varint,
)
from reference.models import Arrays, Model, check_model, pack_body, read_model
from reference.names import UNSAFE, check_order, pack_names, unpack_names
from reference.nets import Layer, run_layer, run_network
from reference.payloads import decode_payload, encode_classic
from reference.pixels import Pixels, decode_pixels, lane_count, walk
from reference.range_code import RangeDecoder, RangeEncoder
from reference.residuals import encode_residuals
from reference.scan import (
    Original,
    Scan,
    decode_scan,
    draw,
    scan_lanes,
    shares,
    walk_originals,
)
from reference.transform import Transform, decode_latents, frequencies, read_transform

__all__ = [
    "FIXED",
    "RESIDUALS",
    "STORED",
    "UNSAFE",
    "Arrays",
    "Bytes",
    "DamagedError",
    "Layer",
    "Model",
    "Original",
    "Picture",
    "Pixels",
    "RangeDecoder",
    "RangeEncoder",
    "RefusedError",
    "Scan",
    "Transform",
    "UnknownModelError",
    "UnsupportedError",
    "WrongPixelsError",
    "check_model",
    "check_order",
    "decode",
    "decode_file",
    "decode_latents",
    "decode_payload",
    "decode_pixels",
    "decode_scan",
    "draw",
    "encode_classic",
    "encode_residuals",
    "frequencies",
    "lane_count",
    "need",
    "pack_body",
    "pack_names",
    "pack_varint",
    "read_model",
    "read_transform",
    "run_layer",
    "run_network",
    "scan_lanes",
    "shares",
    "unpack_names",
    "walk",
    "walk_originals",
]
