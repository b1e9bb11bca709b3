"""Batches on a cluster of real processes: the same bytes as on one machine, whatever happens."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from cluster.busy_s3 import BusyS3Server
from cluster.machines import Machines, machines_in
from helpers import K2, K3, complaint, fails, folder_of, pattern, terminal, tree

import aecodec
from aecodec.batch import CompressReport, find_aez_files, join, verify_all
from aecodec.cluster import farm, parts, workers
from aecodec.errors import (
    AecodecError,
    CorruptFileError,
    InvalidArgumentError,
    MissingDependencyError,
    OutputError,
)

IMAGES = pattern(4200)
OPTIONS: dict[str, Any] = {"model": str(K2)}
SMALL_TASKS: dict[str, Any] = {"chunk_images": 513}  # so many images a task


@pytest.fixture
def array(tmp_path: Path) -> Path:
    """A data set of five tasks, so of five parts."""
    np.save(tmp_path / "x.npy", IMAGES)
    return tmp_path / "x.npy"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A data set of two tasks."""
    np.save(tmp_path / "x.npy", IMAGES[:1500])
    return tmp_path / "x.npy"


def expected(source: Path, **options: Any) -> tuple[bytes, CompressReport]:
    """What one machine makes of a source, beside it."""
    target = source.parent / "alone" / "x.aez"
    report = aecodec.compress_file(source, target, **OPTIONS, **options)
    return target.read_bytes(), report


def told(report: CompressReport) -> dict[str, Any]:
    """All that a report says, but where the result is."""
    rest = asdict(report) | {"output": "", "outputs": [], "failures": []}
    return rest | {"messages": [failure.message for failure in report.failures]}


def save_npz(path: Path) -> None:
    labels = np.arange(4200) % 10
    np.savez(
        path,
        x_train=IMAGES[:1500],
        y_train=labels[:1500],
        x_test=IMAGES[1500:],
        y_test=labels[1500:],
    )


def test_data_sets_with_labels_and_splits_give_the_bytes_of_one_machine(
    machines: Machines, tmp_path: Path
) -> None:
    save_npz(tmp_path / "x.npz")
    with workers(machines.address):
        both: tuple[dict[str, Any], ...] = ({}, {"chunk_images": 100, "embed_model": True})
        for options in both:
            target = tmp_path / "x.aez"
            report = aecodec.compress_file(
                tmp_path / "x.npz", target, overwrite=True, **OPTIONS, **options
            )
            data, alone = expected(tmp_path / "x.npz", overwrite=True, **options)
            assert target.read_bytes() == data
            assert told(report) == told(alone)
    assert tree(tmp_path) == ["alone/x.aez", "x.aez", "x.npz"]  # no parts are left


def test_a_folder_is_one_archive_in_parts(machines: Machines, tmp_path: Path) -> None:
    save_npz(tmp_path / "x.npz")
    data, alone = expected(tmp_path / "x.npz")
    folder = tmp_path / "set"
    with workers(machines.address):
        report = aecodec.compress_file(tmp_path / "x.npz", folder, **OPTIONS)
        files = tree(folder)
        assert [name[:7] for name in files] == [f"{n:06}-" for n in range(5)] + ["aecodec"]
        size = sum((folder / name).stat().st_size for name in files)
        assert (report.outputs, report.file_bytes) == ([str(folder)], size)
        rest = {"outputs": [], "output": "", "file_bytes": 0}
        assert told(report) | rest == told(alone) | rest
        with find_aez_files([str(folder)]) as found:
            assert [(one.images, one.failures) for one in verify_all(found)] == [(4200, [])]
        again = aecodec.compress_file(tmp_path / "x.npz", folder, **OPTIONS)
        assert (again.present, tree(folder)) == (1, files)
        with pytest.raises(OutputError, match=r"aecodec\.json: exists already"):
            aecodec.compress_file(tmp_path / "x.npz", folder, model=str(K3))
        join([folder], tmp_path / "y.aez")  # what is there was not touched
        assert (tmp_path / "y.aez").read_bytes() == data
        aecodec.compress_file(tmp_path / "x.npz", folder, model=str(K3), overwrite=True)
    other = aecodec.compress_file(tmp_path / "x.npz", tmp_path / "z.aez", model=str(K3))
    join([folder], tmp_path / "w.aez")
    assert (tmp_path / "w.aez").read_bytes() == (tmp_path / "z.aez").read_bytes()
    assert other.images == 4200 and len(tree(folder)) == 6


def test_names_of_parts_are_in_order_and_bad_images_left_out(
    machines: Machines, tmp_path: Path
) -> None:
    images = folder_of(tmp_path / "images", IMAGES[:520])
    (images / "07.png").write_bytes(b"no image")
    bad = folder_of(tmp_path / "bad", IMAGES[:1])
    (bad / "00.png").write_bytes(b"no image")
    with workers(machines.address):
        report = aecodec.compress_file(images, tmp_path / "set", **OPTIONS, **SMALL_TASKS)
        assert len(report.failures) == 1
        with aecodec.open(tmp_path / "set") as archive:
            assert len(archive.names) == 519 and archive.chunks == 2
            assert (archive["99.png"] == archive[list(archive.names).index("99.png")]).all()
        before = tree(tmp_path / "set")
        nothing = aecodec.compress_file(bad, tmp_path / "set", **OPTIONS)
        assert (nothing.images, nothing.outputs, tree(tmp_path / "set")) == (0, [], before)
        with pytest.raises(InvalidArgumentError, match="--embed-model"):
            aecodec.compress_file(images, tmp_path / "set", embed_model=True, **OPTIONS)


def test_image_files_are_named_and_what_cannot_be_read_is_told(
    machines: Machines, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "images", IMAGES[:520])
    (folder / "07.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with workers(machines.address):
        report = aecodec.compress_file(folder, tmp_path / "x.aez", **OPTIONS, **SMALL_TASKS)
        data, alone = expected(folder, **SMALL_TASKS)
        assert (tmp_path / "x.aez").read_bytes() == data
        assert told(report) == told(alone) and len(report.failures) == 1
        assert len({name for name in machines.published() if name.endswith(".json")}) == 2
        with pytest.raises(AecodecError, match=r"07\.png.*Nothing was written"):
            aecodec.compress_file(folder, tmp_path / "y.aez", names=False, **OPTIONS)
    assert not (tmp_path / "y.aez").exists()


def test_class_folders_have_the_labels_and_splits_of_one_machine(
    machines: Machines, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    folder_of(images / "train" / "3", IMAGES[:300])
    folder_of(images / "train" / "7", IMAGES[300:520])
    folder_of(images / "test" / "7", IMAGES[520:530])
    more: dict[str, Any] = {"recursive": True, **SMALL_TASKS}
    data, alone = expected(images, **more)
    with workers(machines.address):
        report = aecodec.compress_file(images, tmp_path / "x.aez", **OPTIONS, **more)
        aecodec.compress_file(images, tmp_path / "set", **OPTIONS, **more)
    assert (tmp_path / "x.aez").read_bytes() == data
    assert told(report) == told(alone) and report.splits == {"test": 10, "train": 520}
    with aecodec.open(tmp_path / "set") as archive:
        labels = archive.labels
        assert labels is not None and labels.tolist() == [1] * 10 + [0] * 300 + [1] * 220
        assert archive.class_names == {0: "3", 1: "7"}
        assert {name: len(own) for name, own in archive.splits.items()} == report.splits


def test_workers_decompress_and_verify_with_models_that_they_do_not_have(
    machines: Machines, small: Path
) -> None:
    data, _ = expected(small)
    good, bad = small.with_name("good.aez"), small.with_name("bad.aez")
    good.write_bytes(data)
    bad.write_bytes(data[:1500] + bytes([data[1500] ^ 1]) + data[1501:])
    alone = aecodec.decompress_file(good, small.parent / "alone-out")
    with workers(machines.address), find_aez_files([str(good), str(bad)]) as found:
        report = aecodec.decompress_file(good, small.parent / "out")
        again = aecodec.decompress_file(good, small.parent / "out")
        sound, damaged = verify_all(found)
        aecodec.decompress_file(good, small.parent / "out.npy")
        images = np.load(small.parent / "out.npy")
        compared = aecodec.verify_file(good, images), aecodec.verify_file(bad, images)
    assert (report.images, report.failures) == (alone.images, []) == (1500, [])
    assert (again.images, again.present) == (0, 1500)
    out, other = small.parent / "out", small.parent / "alone-out"
    assert tree(out) == tree(other)
    assert all((out / name).read_bytes() == (other / name).read_bytes() for name in tree(out)[::50])
    assert sound.images == 1500 and not sound.failures
    assert [type(failure.error) for failure in damaged.failures] == [CorruptFileError]
    assert (images == aecodec.decompress(data)).all()
    assert [one.exact for one in compared] == [True, False]
    assert (compared[1].equal, compared[1].missing) == (476, 1024)


@pytest.mark.parametrize(
    "faults",
    [("kill",), ("none", "stop"), ("hang",), ("fail", "fail", "late", "fail", "late", "fail")],
    ids=" ".join,
)
def test_faults_do_not_change_a_byte(
    machines: Machines, array: Path, faults: tuple[str, ...]
) -> None:
    data, alone = expected(array)
    machines.suffer(*faults)
    with workers(machines.address, timeout=1):
        report = aecodec.compress_file(array, array.with_name("y.aez"), **OPTIONS)
    assert array.with_name("y.aez").read_bytes() == data
    assert told(report) == told(alone)
    assert not list(machines.tickets.glob("*.*"))
    if {"stop", "hang"}.intersection(faults):
        machines.kill()


def test_a_run_goes_on_where_its_scheduler_died(tmp_path: Path, array: Path) -> None:
    data, alone = expected(array)
    target = array.with_name("y.aez")
    left = Path(f"{target}.parts")
    for first in machines_in(tmp_path / "first"):
        first.ready(1)
        first.suffer("none", "none", "none", "none", "none", "none", "scheduler")
        said = fails("compress", array, "-o", target, "--model", K2, "--scheduler", first.address)
        assert "The scheduler has ended" in complaint(said)
    done = {path.stem for path in left.glob("*.json")}
    assert len(done) == 3 and not target.exists()
    (damaged,) = left.glob("000001-*.aez")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    for second in machines_in(tmp_path / "second"):
        second.ready(2)
        with workers(second.address):
            report = aecodec.compress_file(array, target, **OPTIONS)
        assert {name[:6] for name in second.published()} == {"000001", "000003", "000004"}
    assert target.read_bytes() == data and told(report) == told(alone)
    assert not left.exists()


def test_parts_of_other_work_or_other_files_are_done_again(machines: Machines, array: Path) -> None:
    target = array.with_name("y.aez")
    target.write_bytes(b"something else")

    def attempt(**options: Any) -> int:
        """Run up to where the target turns out to differ; the parts are kept."""
        before = len(machines.published())
        with pytest.raises(OutputError, match="exists already"):
            aecodec.compress_file(array, target, **options)
        return len(machines.published()) - before

    with workers(machines.address):
        assert attempt(**OPTIONS) > 0
        state = array.stat()
        assert Path(f"{target}.parts/000000.json").exists()
        made = len(list(Path(f"{target}.parts").glob("*.json")))
        assert attempt(**OPTIONS) <= 2 * (5 - made)
        assert attempt(level="x392") > 0
        os.utime(array, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        assert attempt(level="x392") > 0
        report = aecodec.compress_file(array, target, overwrite=True, **OPTIONS)
    assert target.read_bytes() == expected(array)[0] and report.images == 4200


def test_what_fails_again_and_again_ends_the_run(
    machines: Machines, array: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "FIRST_PAUSE", 0.01)
    machines.suffer(*["fail"] * 200)
    target = array.with_name("y.aez")
    with (
        workers(machines.address),
        pytest.raises(AecodecError, match=r"failed 5 times.*the storage does not answer"),
    ):
        aecodec.compress_file(array, target, **OPTIONS)
    assert not target.exists()


def test_a_cluster_without_workers_ends_the_run(
    machines: Machines, array: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "LOST", 0.1)
    machines.suffer("kill", "kill")
    with workers(machines.address), pytest.raises(AecodecError, match="no workers any"):
        aecodec.compress_file(array, array.with_name("y.aez"), **OPTIONS)
    assert not array.with_name("y.aez").exists()
    machines.kill()
    monkeypatch.setattr("aecodec.cluster.connection.WORKER_SECONDS", 0.1)
    with pytest.raises(AecodecError, match="the scheduler has no workers"):
        workers(machines.address).__enter__()


def test_what_the_workers_do_not_find_is_told(
    machines: Machines, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(parts, "everywhere", lambda path: f"/elsewhere{path}")
    folder = folder_of(small.parent / "images", IMAGES[:2])
    for source in (small, folder):
        with (
            workers(machines.address),
            pytest.raises(
                AecodecError, match=r"/elsewhere/.*the worker on .* does not find it; put"
            ),
        ):
            aecodec.compress_file(source, small.with_name("y.aez"), **OPTIONS)
    assert not small.with_name("y.aez").exists()


def test_the_command_line(machines: Machines, server: BusyS3Server, small: Path) -> None:
    server.busy = False  # the command would make botocore's pauses
    data, _ = expected(small)
    there = ("--scheduler", machines.address)
    target = "s3://set/digits/"
    shown = terminal("-m", "aecodec", "compress", small, "-o", target, "--model", K2, *there)
    assert "compressing" in shown and "1,500 images" in " ".join(shown.split())  # it may wrap
    with aecodec.open(target) as archive:
        assert (archive[:] == aecodec.decompress(data)).all()
    assert "0 of 1,500 originals equal" in fails("verify", target, "--against", small, *there)
    said = fails("compress", folder_of(small.parent / "a", IMAGES[:2]) / "00.png", *there, code=2)
    assert "A cluster writes one archive" in complaint(said)


def page(machines: Machines, path: str) -> str:
    with urlopen(f"{machines.dashboard}/{path}", timeout=30) as answer:  # noqa: S310 - its own
        text: str = answer.read().decode()
    return text


def test_the_dashboard_shows_the_tasks_by_their_names(machines: Machines, small: Path) -> None:
    machines.suffer("hold", "hold")

    def compress() -> CompressReport:
        with workers(machines.address):
            return aecodec.compress_file(small, small.with_name("y.aez"), **OPTIONS)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(compress)
        shown: set[str] = set()
        while len(shown) < 2 and not running.done():
            places = re.findall(r"worker/[^\"']+?\.html", page(machines, "info/main/workers.html"))
            for place in set(places):
                shown |= set(re.findall(r"compress-\d{6}", page(machines, f"info/{place}")))
        machines.go()
        assert running.result().images == 1500
    assert shown == {"compress-000000", "compress-000001"}
    assert page(machines, "health") == "ok"
    status = page(machines, "status")
    assert "Dask Diagnostic UI" in status and "needs bokeh" not in status


def test_inputs_parts_and_results_may_be_urls(small: Path) -> None:
    import fsspec
    from distributed import Client

    data, _ = expected(small)
    memory = fsspec.filesystem("memory")
    memory.put(str(small), "/cluster/x.npy")
    with (
        Client(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0"
        ) as client,
        workers(client),
    ):
        aecodec.compress_file("memory://cluster/x.npy", "memory://cluster/x.aez", **OPTIONS)
        assert sorted(memory.find("/cluster")) == ["/cluster/x.aez", "/cluster/x.npy"]
    assert memory.cat("/cluster/x.aez") == data


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.cluster.connection.CONNECT_SECONDS", 0.5)
    with pytest.raises(AecodecError, match="no scheduler answers there"), workers("127.0.0.1:1"):
        pass
    with pytest.raises(InvalidArgumentError, match="is no address"), workers("nonsense://x"):
        pass
    with pytest.raises(InvalidArgumentError, match="timeout"), workers("127.0.0.1:1", timeout=0):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"aecodec\[cluster\]"), workers("127.0.0.1:1"):
        pass


def test_large_sources_have_larger_parts_unless_each_takes_long() -> None:
    counts = (0, 5_000, 600_000, 50_000_000)
    assert [parts._tasks_of_part(n, 1000, 2) for n in counts] == [1, 1, 2, 4]
    assert [parts._tasks_of_part(n, 1000, 3) for n in counts] == [1, 1, 1, 1]
