"""A cluster whose images, parts and results are on S3, behind a server that fails and is late."""

import io
from typing import Any

import numpy as np
import pytest
from cluster.busy_s3 import BusyS3Server
from cluster.machines import Machines
from helpers import K2, Images, pattern

import aecodec
from aecodec.cluster import workers
from aecodec.errors import OutputError

IMAGES = pattern(3000)
OPTIONS: dict[str, Any] = {"model": str(K2)}


def put(server: BusyS3Server, images: Images) -> bytes:
    """Put images with labels on S3; return what one machine makes of them."""
    labels, file = np.arange(len(images)) % 10, io.BytesIO()
    np.savez(file, images=images, labels=labels)
    server.put("digits.npz", file.getvalue())
    return aecodec.compress(images, labels=labels, **OPTIONS)


def test_an_archive_has_the_bytes_of_one_machine(machines: Machines, server: BusyS3Server) -> None:
    data = put(server, IMAGES)
    machines.suffer("none", "kill", "fail", "late")
    with workers(machines.address):
        aecodec.compress_file("s3://set/digits.npz", "s3://set/x.aez", **OPTIONS)
        assert aecodec.verify_file("s3://set/x.aez", aecodec.decompress(data)).exact
    assert not list(machines.tickets.glob("*.*"))
    assert server.get("x.aez") == data
    assert server.names() == ["digits.npz", "x.aez"]  # no parts are left


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
        report = aecodec.decompress_file(target, "s3://set/out", names=["00200[0-4].png"])
        assert (report.images, report.failures) == (5, [])
        parts = [key for key in server.names() if key.startswith("set/")]
        assert len(parts) == 4
        put(server, IMAGES[::-1])  # of the same size
        aecodec.compress_file(source, target, overwrite=True, **OPTIONS)
    assert set(parts) & {*server.names()} == {"set/aecodec.json"}
