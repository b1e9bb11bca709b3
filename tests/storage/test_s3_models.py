"""Models, pictures and reports behind URLs."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import K2, K3, ROOT, folder_of, pattern
from keras_files import autoencoder, autoencoder_weights, write_h5
from PIL import Image
from storage.commands import commands
from storage.s3_server import S3Server

import aecodec
from aecodec.bench import benchmark, registry
from aecodec.bench.measure import Pace
from aecodec.cli.bench import bench
from aecodec.errors import UnknownModelError
from aecodec.library import find_codec
from aecodec.storage import to_path

DIGITS = ROOT / "examples" / "digits"
IMAGES = pattern(30)


def put_npz(s3: S3Server) -> None:
    file = io.BytesIO()
    np.savez(file, images=IMAGES, labels=np.arange(30) % 3)
    s3.put("x.npz", file.getvalue())


def test_a_model_is_read_from_its_url(s3: S3Server, tmp_path: Path) -> None:
    url = "s3://set/models/mine-x392.aem"
    with pytest.raises(UnknownModelError, match=f"{url}: there is no such model file"):
        find_codec(model=url)
    s3.put("models/mine-x392.aem", K2.read_bytes())
    folder_of(tmp_path / "in", IMAGES)
    aecodec.compress_file(tmp_path / "in", tmp_path / "x.aez", model=url, jobs=2)
    aecodec.compress_file(tmp_path / "in", tmp_path / "y.aez", model=str(K2))
    assert (tmp_path / "x.aez").read_bytes() == (tmp_path / "y.aez").read_bytes()
    before = find_codec(model=url).id
    s3.put("models/mine-x392.aem", K3.read_bytes())
    assert (before, find_codec(model=url).id) == (
        find_codec(model=str(K2)).id,
        find_codec(model=str(K3)).id,
    )


def test_a_report_and_pictures_go_to_urls(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "QUICK", Pace(30, 1, 0))
    started = {"compress_cpu_ms": 1.0, "imports_cpu_ms": 1.0}
    monkeypatch.setattr(benchmark, "start_up", lambda _: started)
    few = tuple(peer for peer in registry.PEERS if peer.codec in ("png", "zlib -9"))
    monkeypatch.setattr(registry, "PEERS", few)
    put_npz(s3)
    bench(
        "s3://set/x.npz",
        model="tiny-k2",
        json=to_path("s3://set/bench/report.json"),
        plot=to_path("s3://set/bench/plot.png"),
    )
    assert json.loads(s3.get("bench/report.json"))["data"]["images"] == 30
    with Image.open(io.BytesIO(s3.get("bench/plot.png"))) as image:
        assert image.format == "PNG"


def test_models_are_imported_and_explored(s3: S3Server, tmp_path: Path) -> None:
    put_npz(s3)
    theirs = write_h5(tmp_path / "theirs.h5", autoencoder(3), autoencoder_weights(3))
    s3.put("theirs.h5", theirs.read_bytes())
    found = commands(
        f"models import s3://set/theirs.h5 --data {DIGITS} -o s3://set/mine-classic.aem",
        "models summary s3://set/mine-classic.aem",
        "explore s3://set/x.npz -o s3://set/x.html --figure s3://set/x.png "
        "--model s3://set/mine-classic.aem",
        "explore s3://set/x.npz -o s3://set/x.html --model tiny-k2",
        "explore s3://set/x.npz -o s3://nobody/x.html --model tiny-k2",
    )
    assert [code for code, _ in found] == [0, 0, 0, 1, 1], found
    assert found[-2][1].startswith("aecodec: s3://set/x.html: exists already")
    assert found[-1][1] == "aecodec: s3://nobody: there is no such bucket.\n"
    names = ["mine-classic.aem", "mine-classic.md", "theirs.h5", "x.html", "x.npz", "x.png"]
    assert sorted(s3.names()) == names
    assert s3.get("x.html").startswith(b"<!doctype html>")


@pytest.mark.slow
def test_a_training_leaves_its_files_at_a_url(s3: S3Server) -> None:
    found = commands(
        f"train {DIGITS} -o s3://set/mine/ --epochs 1",
        "models summary s3://set/mine/mine-classic.aem",
        f"train {DIGITS} -o s3://set/mine/ --epochs 1",
        f"train {DIGITS} -o s3://nobody/mine --epochs 1",
    )
    assert [code for code, _ in found] == [0, 0, 1, 1], found
    assert found[2][1].startswith("aecodec: s3://set/mine/mine-classic.aem: exists already")
    assert found[3][1] == "aecodec: s3://nobody: there is no such bucket.\n"
    assert s3.names() == [f"mine/mine-classic{suffix}" for suffix in (".aem", ".keras", ".md")]
    assert b"aecodec train" in s3.get("mine/mine-classic.md")
