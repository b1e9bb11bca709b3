"""The scan kind: exact, by the black-and-white originals that images were reduced from."""

from aecodec.kinds.scan.bit_tables import CHUNK
from aecodec.kinds.scan.bits import extent
from aecodec.kinds.scan.coder import ScanCoder
from aecodec.kinds.scan.originals import to_originals
from aecodec.kinds.scan.resampling import Resampling, largest_side
from aecodec.kinds.scan.said import in_order
from aecodec.kinds.scan.search import OriginalSearch
from aecodec.kinds.scan.search_candidates import geometry
from aecodec.kinds.scan.search_frontier import COUNTED_DEPTH, first_new, offset
from aecodec.kinds.scan.window import PLACES, BitWindow, place_rows, places

__all__ = [
    "CHUNK",
    "COUNTED_DEPTH",
    "PLACES",
    "BitWindow",
    "OriginalSearch",
    "Resampling",
    "ScanCoder",
    "extent",
    "first_new",
    "geometry",
    "in_order",
    "largest_side",
    "offset",
    "place_rows",
    "places",
    "to_originals",
]
