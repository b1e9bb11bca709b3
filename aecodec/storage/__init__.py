"""Files that are named by a URL: read by ranges, published whole, listed. fsspec does the work.

A `UrlPath` is a path like any other to the rest of the package. fsspec is loaded only when it is
asked about a URL.
"""

from aecodec.storage.asking import changed
from aecodec.storage.ranges import RangeFile
from aecodec.storage.uploading import uploaded
from aecodec.storage.url_path import StrPath, UrlPath, is_url, to_path, version

__all__ = [
    "RangeFile",
    "StrPath",
    "UrlPath",
    "changed",
    "is_url",
    "to_path",
    "uploaded",
    "version",
]
