"""A bucket for each test, and the memory as a storage."""

import random
from collections.abc import Iterator

import pytest
from botocore.retries.standard import ExponentialBackoff
from fsspec.implementations.memory import MemoryFileSystem
from storage.s3_server import S3Server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The server, well and with one empty bucket, `set`, found as users let it be found."""
    random.seed(1)  # botocore draws the pauses between its attempts
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    s3_server.client.create_bucket(Bucket="set")
    yield s3_server
    s3_server.faults.clear()
    for key in s3_server.names():
        s3_server.client.delete_object(Bucket="set", Key=key)
    s3_server.client.delete_bucket(Bucket="set")


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    MemoryFileSystem.store.clear()
    yield MemoryFileSystem()
    MemoryFileSystem.store.clear()
