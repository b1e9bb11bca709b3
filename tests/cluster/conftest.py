"""One cluster for the tests of this folder, and an S3 server that its machines find."""

import random
from collections.abc import Iterator

import pytest
from botocore.retries.standard import ExponentialBackoff
from cluster.busy_s3 import BusyS3Server
from cluster.machines import Machines, machines_in


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask and botocore draw the pauses between their attempts; botocore is not to make any."""
    random.seed(1)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)


@pytest.fixture(scope="package")
def s3_server() -> Iterator[BusyS3Server]:
    server = BusyS3Server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "one")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "two")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server.client.create_bucket(Bucket="set")
        yield server
    server.close()


@pytest.fixture
def server(s3_server: BusyS3Server) -> Iterator[BusyS3Server]:
    """The server with one empty bucket, `set`, while it is busy."""
    s3_server.busy = True
    yield s3_server
    s3_server.busy = False
    for name in s3_server.names():
        s3_server.client.delete_object(Bucket="set", Key=name)


@pytest.fixture(scope="package")
def started(
    s3_server: BusyS3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    assert not s3_server.names()  # it is found before the machines begin
    yield from machines_in(tmp_path_factory.mktemp("machines"))


@pytest.fixture
def machines(started: Machines) -> Machines:
    """Two workers that are well."""
    started.ready()
    return started
