"""An S3 server that fails, refuses or breaks off: nothing is lost, and one sentence says why."""

import re
import sys
from typing import Any, cast

import pytest
from fsspec.registry import _registry
from helpers import K2, pattern
from s3fs import S3FileSystem
from storage.commands import commands
from storage.s3_server import CUT, DROP, S3Server

import aecodec
from aecodec.errors import MissingDependencyError, OutputError, StorageError
from aecodec.storage import UrlPath, to_path, uploaded

ARCHIVE = aecodec.compress(pattern(20), model=str(K2))
MIB = 2**20

PROMPT = "aecodec: "
COMPLAINTS = {  # what is called, and what it says
    "info s3://set/no.aez": (1, "s3://set/no.aez: there is no such file or bucket."),
    "info s3://nobody/x.aez": (1, "s3://nobody/x.aez: there is no such file or bucket."),
    "compress s3://set/no/": (1, "s3://set/no: there is no such file or bucket."),
    "decompress s3://set/x.aez -o s3://nobody/x.npy": (1, "s3://nobody: there is no such bucket."),
    "append s3://set/no.aez s3://set/x.png": (
        1,
        "s3://set/no.aez: there is no such file or bucket.",
    ),
    "info s3://set/refused.aez": (
        1,
        "s3://set/refused.aez: access is refused (AccessDenied, as the test wants); "
        "check the credentials and what they allow.",
    ),
    "decompress s3://set/x.aez -o s3://set/refused.npy": (
        1,
        "s3://set/refused.npy: access is refused (AccessDenied, as the test wants); "
        "check the credentials and what they allow.",
    ),
    "verify s3://set/failing.aez": (
        1,
        "s3://set/failing.aez: the storage failed: InternalError, as the test wants. "
        "Check it, or try again later.",
    ),
    "info gs://set/x.aez": (
        1,
        "gs://set/x.aez: URLs need packages not installed: pip install 'aecodec[remote]', "
        "and for this URL: Please install gcsfs to access Google Storage.",
    ),
    "info foo://set/x.aez": (
        2,
        "foo://set/x.aez: URLs of the kind foo:// are not known; "
        "use s3://, gs://, https://, memory:// or zip://.",
    ),
    "info s3://no(bucket/x.aez": (
        2,
        "s3://no(bucket/x.aez: S3 has no buckets or files of such a name.",
    ),
    "info s3://set/a//x.aez": (
        2,
        "s3://set/a//x.aez: has an empty part or a '.' between slashes.",
    ),
}


@pytest.fixture(autouse=True, scope="module")
def attempts() -> None:
    """A client takes so many attempts in all, of which others may have left few."""
    S3FileSystem.clear_instance_cache()


def test_each_fault_is_told_in_a_sentence(s3: S3Server) -> None:
    for name in ("x", "refused", "failing"):
        s3.put(f"{name}.aez", ARCHIVE)
    s3.put("x.png", b"never read")
    for method in ("GET", "PUT"):
        s3.suffer(403, method, "/refused")
    s3.suffer(500, "GET", "/failing")
    found = dict(zip(COMPLAINTS, commands(*COMPLAINTS), strict=True))
    assert found == {call: (code, f"{PROMPT}{text}\n") for call, (code, text) in COMPLAINTS.items()}
    assert sorted(s3.names()) == ["failing.aez", "refused.aez", "x.aez", "x.png"]
    assert s3.get("x.aez") == ARCHIVE


def test_a_server_that_fails_now_and_then_is_asked_again(s3: S3Server) -> None:
    faults = [(500, 7), (503, 11), (DROP, 13), (CUT, 17)]
    for method in ("GET", "HEAD", "PUT"):
        for status, every in faults:
            s3.suffer(status, method, every=every)
    s3.put("x.aez", ARCHIVE)
    report = aecodec.decompress_file("s3://set/x.aez", "s3://set/out/")
    assert report.images == 20 and not report.failures
    s3.faults.clear()
    assert len(s3.names()) == 21


@pytest.mark.parametrize("fault", [403, 500, DROP])
@pytest.mark.parametrize(
    ("size", "key"),
    [(1, "?"), (40, "partNumber=2"), (40, "uploadId=")],
    ids=["whole", "part", "end"],
)
def test_an_upload_that_breaks_leaves_what_was_there(
    s3: S3Server, fault: int, size: int, key: str
) -> None:
    s3.put("x", b"before")
    s3.suffer(fault, "POST" if key == "uploadId=" else "PUT", key)
    with (
        pytest.raises(StorageError, match=r"^s3://set/x: (access is refused|the storage failed)"),
        uploaded(cast(UrlPath, to_path("s3://set/x"))) as file,
    ):
        for _ in range(size):
            file.write(bytes(MIB))
    assert s3.get("x") == b"before"
    assert s3.unfinished() == 0


def test_an_upload_that_is_given_up_leaves_nothing(s3: S3Server) -> None:
    with pytest.raises(KeyboardInterrupt), uploaded(cast(UrlPath, to_path("s3://set/x"))) as file:
        file.write(bytes(40 * MIB))
        assert s3.unfinished() == 1
        raise KeyboardInterrupt
    assert s3.names() == [] and s3.unfinished() == 0


def test_an_archive_that_is_cut_short_in_reading_is_no_damage(s3: S3Server) -> None:
    s3.put("x.aez", ARCHIVE)
    s3.suffer(CUT, "GET")
    with pytest.raises(StorageError, match="the storage failed"):
        aecodec.open("s3://set/x.aez")


def test_a_web_server_is_read_from_and_not_written_to(s3: S3Server) -> None:
    s3.put("x.aez", ARCHIVE)
    with pytest.raises(StorageError, match="the storage failed: 403"):
        aecodec.open(f"{s3.url}/set/x.aez")
    s3.client.put_object_acl(Bucket="set", Key="x.aez", ACL="public-read")
    with s3.counted() as requests, aecodec.open(f"{s3.url}/set/x.aez") as archive:
        assert len(archive) == 20
    assert all(request.range for request in requests if request.method == "GET")
    with pytest.raises(OutputError, match=r"y\.npy: cannot be published whole; results go to s3:"):
        aecodec.decompress_file("s3://set/x.aez", f"{s3.url}/set/y.npy")
    with pytest.raises(StorageError, match="the storage failed: Connect call failed"):
        aecodec.open("http://127.0.0.1:9/x.aez")


@pytest.mark.parametrize("package", ["fsspec", "s3fs"])
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(cast(Any, sys.modules), package, None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    text = re.escape(
        "s3://set/x.aez: URLs need packages not installed: pip install 'aecodec[remote]'."
    )
    with pytest.raises(MissingDependencyError, match=f"^{text}$"):
        aecodec.open("s3://set/x.aez")
