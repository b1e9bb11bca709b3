"""A cluster whose images, parts and results are on S3, behind a server that fails and is late."""

import io
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from botocore.retries.standard import ExponentialBackoff
from cluster.busy_s3 import BusyS3Server
from cluster.machines import Machines, machines_in
from helpers import K2, Images, ok, pattern

import aecodec
from aecodec.cluster import workers
from aecodec.errors import OutputError

IMAGES = pattern(3000)
OPTIONS: dict[str, Any] = {"model": str(K2)}


@pytest.fixture(scope="module")
def server() -> Iterator[BusyS3Server]:
    """A server that this process and those that it starts find."""
    server = BusyS3Server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "one")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "two")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server.client.create_bucket(Bucket="set")
        yield server
    server.close()


@pytest.fixture(scope="module")
def started(server: BusyS3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    assert not server.names()  # it is found before the machines begin
    yield from machines_in(tmp_path_factory.mktemp("machines"))


@pytest.fixture
def machines(
    started: Machines, server: BusyS3Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machines]:
    """Machines that are well, and a server that is not."""
    random.seed(1)  # Dask and botocore draw the pauses between their attempts
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    started.ready()
    server.busy = True
    yield started
    server.busy = False
    for key in server.names():
        server.client.delete_object(Bucket="set", Key=key)


def put(server: BusyS3Server, images: Images) -> bytes:
    """Put images with labels and splits on S3; return what one machine makes of them."""
    labels, file = np.arange(len(images)) % 10, io.BytesIO()
    arrays = {"x_train": images[:2000], "y_train": labels[:2000]}
    np.savez(file, **arrays, x_test=images[2000:], y_test=labels[2000:])  # type: ignore[arg-type]
    server.put("digits.npz", file.getvalue())
    splits = {"train": 2000, "test": len(images) - 2000}
    return aecodec.compress(images, labels=labels, splits=splits, **OPTIONS)


def test_commands_give_the_bytes_of_one_machine(machines: Machines, server: BusyS3Server) -> None:
    data = put(server, IMAGES)
    machines.suffer("none", "kill", "fail", "late")
    with workers(machines.address):
        aecodec.compress_file("s3://set/digits.npz", "s3://set/x.aez", **OPTIONS)
    assert not list(machines.tickets.glob("*.*"))
    assert server.get("x.aez") == data
    assert server.names() == ["digits.npz", "x.aez"]  # no parts are left
    done = ok("verify", "s3://set/x.aez", "--scheduler", machines.address)
    assert b"3,000 images, all well" in done.stderr


def test_parts_are_read_as_one_and_stay_where_the_images_are_the_same(
    machines: Machines, server: BusyS3Server
) -> None:
    data = put(server, IMAGES)
    server.put("set/aecodec.json", b"another")
    target, source = "s3://set/set/", "s3://set/digits.npz"
    with workers(machines.address):
        with pytest.raises(OutputError, match="exists already"):
            aecodec.compress_file(source, target, **OPTIONS)
        before = len(machines.published())
        aecodec.compress_file(source, target, overwrite=True, **OPTIONS)
        assert len(machines.published()) == before  # all was there
        with aecodec.open(target) as archive, aecodec.open(data) as other:
            assert (archive[990:2010] == other[990:2010]).all()
            assert (archive.labels == other.labels).all()  # type: ignore[union-attr]
            assert archive.splits["test"].tolist() == list(range(2000, 3000))
        report = aecodec.decompress_file(target, "s3://set/out", names=["00200[0-9].png"])
        assert (report.images, report.failures) == (10, [])
        parts = [key for key in server.names() if key.startswith("set/")]
        assert len(parts) == 4
        put(server, IMAGES[::-1])  # of the same size
        aecodec.compress_file(source, target, overwrite=True, **OPTIONS)
    assert set(parts) & {*server.names()} == {"set/aecodec.json"}
