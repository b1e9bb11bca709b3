"""The file system behind a URL, and its errors as ours."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aecodec.errors import (
    AecodecError,
    InvalidArgumentError,
    MissingDependencyError,
    MissingFileError,
    OutputError,
    StorageError,
)

URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_RETRIES = {"total_max_attempts": 3, "mode": "standard"}  # of botocore; s3fs asks five times


@contextmanager
def asked(url: str, *, writing: bool = False) -> Iterator[tuple[Any, str]]:
    """The file system of a URL and the path in it; what it raises becomes an error about the URL.

    A file system belongs to a process. fsspec keeps one for each, so it is asked for each time.
    """
    try:
        from fsspec import core

        yield core.url_to_fs(url, **_options(url))
    except AecodecError:
        raise
    except FileNotFoundError as error:
        cause = error.__cause__
        if url.startswith("http") and cause and getattr(cause, "status", 0) != 404:
            raise _failure(cause, url) from error  # a web server that refuses or is not there
        if writing:
            raise OutputError("there is no such bucket", url) from error
        raise MissingFileError("there is no such file or bucket", url) from error
    except ImportError as error:
        extra = "pip install 'aecodec[remote]'"
        if error.name not in (None, "fsspec", "s3fs") or not url.startswith("s3"):
            extra = f"{extra}, and for this URL: {_line(error)}"
        raise MissingDependencyError(f"URLs need packages not installed: {extra}", url) from error
    except MemoryError:
        raise
    except Exception as error:  # whatever the libraries of a protocol raise
        raise _failure(error, url) from error


def _failure(error: BaseException, url: str) -> AecodecError:
    """What a library of a protocol raised, as an error of ours."""
    kind = type(error).__name__
    answer = getattr(error.__cause__, "response", {})
    if answer.get("Error", {}).get("Code") in ("PreconditionFailed", "ConditionalRequestConflict"):
        return changed(url)
    if kind == "ParamValidationError":  # of botocore, which tells a regular expression
        return InvalidArgumentError("S3 has no buckets or files of such a name", url)
    if isinstance(error, PermissionError) or "Credential" in kind:
        text = f"access is refused ({_line(error)}); check the credentials and what they allow"
        return StorageError(text, url)
    return StorageError(f"the storage failed: {_line(error)}. Check it, or try again later", url)


def changed(path: str | os.PathLike[str]) -> OutputError:
    """The error about a file that somebody else has written while it was worked on."""
    return OutputError("changed meanwhile, and is left as it is; run the command once more", path)


def _options(url: str) -> dict[str, Any]:
    """What file systems are told: nothing is taken from listings kept; S3 is not asked for ever."""
    from fsspec import available_protocols
    from fsspec.config import conf

    options: dict[str, Any] = {}
    for scheme in URL.findall(url):
        if scheme not in available_protocols():
            raise InvalidArgumentError(
                f"URLs of the kind {scheme}:// are not known; use s3://, gs://, https://, "
                "memory:// or zip://",
                url,
            )
        options[scheme] = {"use_listings_cache": False}
        if scheme in ("s3", "s3a"):
            own = conf.get(scheme, {}).get("config_kwargs", {})
            options[scheme]["config_kwargs"] = {"retries": _RETRIES, **own}
    return options


def _line(error: BaseException) -> str:
    """What an error says, on one line."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
