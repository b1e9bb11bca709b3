import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import (
    K3,
    VECTORS,
    Images,
    complaint,
    fails,
    folder_of,
    load,
    ok,
    one_line,
    pattern,
    run,
    save,
    tree,
)

import aecodec
from aecodec.codec import encode_chunk
from aecodec.container.places import Place
from aecodec.container.reader import ContainerReader
from aecodec.container.writer import ContainerWriter
from aecodec.library import find_codec

Names = tuple[str, ...]


def decoded(images: Images) -> Images:
    return aecodec.decompress(aecodec.compress(images))


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    """A file of one image."""
    path = tmp_path / "digit.aez"
    path.write_bytes(aecodec.compress(pattern(1)))
    return path


def archive(path: Path, parts: list[tuple[int, Names]]) -> Path:
    """An archive of chunks: how many images each has, and their names."""
    codec = find_codec()
    with path.open("wb") as file:
        writer = ContainerWriter(file, [codec.id], named=bool(parts[0][1]))
        for seed, (count, names) in enumerate(parts):
            writer.write(encode_chunk(codec.coder, pattern(count, seed + 1), names)[0])
        writer.close()
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Three chunks of two images without names."""
    return archive(tmp_path / "three.aez", [(2, ()), (2, ()), (2, ())])


def places(path: Path) -> list[Place]:
    with path.open("rb") as file:
        return ContainerReader(file).places


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


# ------------------------------------------------------------------------------- where results go


def test_one_image_goes_beside_its_file_or_where_output_says(digit: Path, tmp_path: Path) -> None:
    ok("decompress", digit)
    ok("decompress", digit, "-o", tmp_path / "a.png")
    ok("decompress", digit, "-o", tmp_path / "deep/inside/b.png")
    ok("decompress", digit, "-o", f"{tmp_path}/folder/")
    for name in ("digit.decoded.png", "a.png", "deep/inside/b.png", "folder/digit.png"):
        assert np.array_equal(load(tmp_path / name), decoded(pattern(1))[0]), name


def test_a_name_with_dots_keeps_them(digit: Path, tmp_path: Path) -> None:
    digit.rename(tmp_path / "a.1.aez")
    (tmp_path / "a.2.aez").write_bytes(aecodec.compress(pattern(2)[1]))
    ok("decompress", tmp_path / "a.1.aez")
    ok("decompress", tmp_path / "a.2.aez")
    assert tree(tmp_path) == ["a.1.aez", "a.1.decoded.png", "a.2.aez", "a.2.decoded.png"]


def test_an_archive_without_names_is_numbered_from_000000(three: Path, tmp_path: Path) -> None:
    ok("decompress", three)
    assert tree(tmp_path / "three-decoded") == [f"00000{i}.png" for i in range(6)]
    with aecodec.open(three) as opened:
        for number, image in enumerate(opened):
            assert np.array_equal(load(tmp_path / f"three-decoded/00000{number}.png"), image)


def test_numbers_follow_the_sorted_relative_paths(tmp_path: Path) -> None:
    folder_of(tmp_path / "in/b", pattern(2, 2))
    folder_of(tmp_path / "in/a", pattern(1, 1))
    ok("compress", tmp_path / "in", "-r", "--no-names", "-o", tmp_path / "x.aez")
    images = aecodec.decompress((tmp_path / "x.aez").read_bytes())
    assert np.array_equal(images, decoded(np.concatenate([pattern(1, 1), pattern(2, 2)])))


def test_a_folder_comes_back_under_its_names(scans: Path, tmp_path: Path) -> None:
    (scans / "ü").mkdir()
    (scans / "04.png").rename(scans / "ü/字.png")
    ok("compress", scans, "-r", "-o", tmp_path / "x.aez")
    ok("decompress", tmp_path / "x.aez", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(scans)
    for name in tree(scans):
        expected = decoded(load(scans / name))[0]
        assert np.array_equal(load(tmp_path / "out" / name), expected), name


def test_several_files_go_into_one_folder(three: Path, digit: Path, tmp_path: Path) -> None:
    ok("decompress", three, digit, "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == ["digit.png"] + [f"three/00000{i}.png" for i in range(6)]


def test_a_folder_of_files_is_mirrored(scans: Path, tmp_path: Path) -> None:
    (scans / "in").mkdir()
    (scans / "04.png").rename(scans / "in/04.png")
    ok("compress", scans, "-r", "-o", tmp_path / "aez")
    ok("decompress", tmp_path / "aez", "-o", tmp_path / "flat")
    assert tree(tmp_path / "flat") == ["00.png", "01.png", "02.png", "03.png"]
    ok("decompress", tmp_path / "aez", "-r", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(scans)


def test_an_empty_archive_is_an_empty_folder(tmp_path: Path) -> None:
    ok("decompress", VECTORS / "good/empty.aez", "-o", tmp_path / "out")
    assert (tmp_path / "out").is_dir()
    assert tree(tmp_path / "out") == []


def test_a_long_name_of_long_letters_can_be_written(tmp_path: Path) -> None:
    name = "字" * 83 + ".png"  # 253 bytes of the 255 that file systems take
    path = archive(tmp_path / "x.aez", [(1, (name,))])
    ok("decompress", path, "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == [name]


# -------------------------------------------------------------------------------------- pipes


def test_one_image_flows_through_pipes(digit: Path, tmp_path: Path) -> None:
    png = ok("decompress", "-", stdin=digit.read_bytes()).stdout
    assert png.startswith(b"\x89PNG")
    assert ok("decompress", digit, "-o", "-").stdout == png
    ok("decompress", "-", "-o", tmp_path / "x.png", stdin=digit.read_bytes())
    assert (tmp_path / "x.png").read_bytes() == png


def test_an_archive_from_standard_input_needs_a_folder(three: Path, tmp_path: Path) -> None:
    text = one_line(fails("decompress", "-", code=2, stdin=three.read_bytes()))
    assert "-o FOLDER" in text
    ok("decompress", "-", "-o", tmp_path / "out", stdin=three.read_bytes())
    assert len(tree(tmp_path / "out")) == 6


def test_bad_standard_input_is_told_as_such(digit: Path) -> None:
    text = one_line(fails("decompress", "-", stdin=digit.read_bytes()[:-1]))
    assert "standard input" in text


def test_what_does_not_fit_standard_output_is_wrong_usage(three: Path, digit: Path) -> None:
    fails("decompress", three, digit, "-o", "-", code=2)
    fails("decompress", "-", digit, code=2)
    fails("decompress", digit, "-o", "-", "--json", code=2)


@pytest.mark.skipif(sys.platform != "linux", reason="needs pseudo terminals")
def test_binary_is_not_written_to_a_terminal(digit: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "aecodec", "decompress", str(digit), "-o", "-"],
        stdout=follower,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(follower)
    os.close(leader)
    assert done.returncode == 2
    assert b"terminal" in done.stderr


# ---------------------------------------------------------------------------------- overwriting


def test_an_earlier_result_is_replaced_with_f(digit: Path, tmp_path: Path) -> None:
    ok("decompress", digit)
    digit.write_bytes(aecodec.compress(pattern(1, 2)))
    assert "exists already and differs. Overwrite it with -f" in one_line(
        fails("decompress", digit)
    )
    assert np.array_equal(load(tmp_path / "digit.decoded.png"), decoded(pattern(1))[0])
    ok("decompress", digit, "-f")
    assert np.array_equal(load(tmp_path / "digit.decoded.png"), decoded(pattern(1, 2))[0])


def test_in_a_folder_only_what_exists_is_kept(three: Path, tmp_path: Path) -> None:
    out = tmp_path / "three-decoded"
    out.mkdir()
    (out / "000003.png").write_bytes(b"precious")
    for flags in ([], ["-f"]):
        text = complaint(fails("decompress", three, *flags))
        assert "000003.png: exists already" in text
        assert "-f" not in text
        assert (out / "000003.png").read_bytes() == b"precious"
    assert len(tree(out)) == 6


def test_nothing_is_written_through_a_link_in_the_output_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"precious")
    path = archive(tmp_path / "x.aez", [(3, ("a/b.png", "a/c/d.png", "e.png"))])
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").symlink_to(outside)
    (out / "e.png").symlink_to(outside / "precious")
    text = fails("decompress", path, "-o", out, "-f")
    assert "symbolic link" in text
    assert tree(outside) == ["precious"]
    assert (outside / "precious").read_bytes() == b"precious"
    assert not (out / "e.png").is_symlink()


@pytest.mark.parametrize("name", sorted(p.name for p in (VECTORS / "bad").glob("name-*.aez")))
def test_an_unsafe_name_writes_nothing_anywhere(name: str, tmp_path: Path) -> None:
    out = tmp_path / "deep/inside/out"
    try:
        report = aecodec.decompress_file(VECTORS / "bad" / name, out)
    except aecodec.AecodecError as error:
        assert str(error)
    else:
        assert report.images == 0
        assert report.failures
    assert tree(tmp_path) == []


# ------------------------------------------------------------------------------------- damage


def test_damage_costs_one_chunk_and_is_told(three: Path, tmp_path: Path) -> None:
    flipped(three, places(three)[1].offset + 9)
    text = complaint(fails("decompress", three))
    assert "images 2 to 3 are lost" in text
    assert tree(tmp_path / "three-decoded") == [f"00000{i}.png" for i in (0, 1, 4, 5)]


def test_a_damaged_index_is_told_and_costs_nothing(three: Path, tmp_path: Path) -> None:
    flipped(three, three.stat().st_size - 1)
    text = complaint(fails("decompress", three))
    assert "index" in text
    assert len(tree(tmp_path / "three-decoded")) == 6


def test_a_truncated_archive_gives_what_came_before(three: Path, tmp_path: Path) -> None:
    last = places(three)[2]
    three.write_bytes(three.read_bytes()[: last.offset + 5])
    fails("decompress", three)
    assert len(tree(tmp_path / "three-decoded")) == 4


def test_a_damaged_single_file_writes_nothing(digit: Path, tmp_path: Path) -> None:
    flipped(digit, 25)
    assert "digit.aez" in one_line(fails("decompress", digit))
    assert tree(tmp_path) == ["digit.aez"]


def test_one_bad_file_among_several_is_told_and_the_others_are_done(
    digit: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.aez").write_bytes(b"nonsense")
    text = complaint(fails("decompress", tmp_path / "bad.aez", digit, "-o", tmp_path / "out"))
    assert "bad.aez" in text
    assert tree(tmp_path / "out") == ["digit.png"]


def test_wrong_pixels_are_told_as_the_decoders_fault(tmp_path: Path) -> None:
    text = one_line(fails("decompress", VECTORS / "bad/pixels-wrong.aez", "-o", tmp_path / "x.png"))
    assert "arithmetic" in text
    assert tree(tmp_path) == []


def test_an_unknown_model_is_named_with_what_to_do(tmp_path: Path) -> None:
    text = one_line(fails("decompress", VECTORS / "bad/id-unknown.aez", "-o", tmp_path / "x.png"))
    for part in ("deadbeefdeadbeef", "--model", "AECODEC_MODELS"):
        assert part in text
    assert tree(tmp_path) == []


def test_a_model_of_ones_own_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1), model=str(K3)))
    fails("decompress", path, env={"AECODEC_MODELS": ""})
    ok("decompress", path, "--model", K3, env={"AECODEC_MODELS": ""})


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "empty"])
def test_what_is_no_file_is_told_in_one_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no FIFOs here")
        os.mkfifo(path)
    assert "x.aez" in one_line(fails("decompress", path))


# -------------------------------------------------------------------------------------- report


def test_a_report_goes_to_standard_error_or_as_json_to_standard_output(
    three: Path, tmp_path: Path
) -> None:
    done = ok("decompress", three)
    assert done.stdout == b""
    assert b"6 images" in done.stderr
    done = ok("decompress", three, "--json", "-f")
    assert done.stderr == b""
    report = json.loads(done.stdout)
    assert report == {
        "output": str(tmp_path / "three-decoded"),
        "images": 0,
        "present": 6,
        "replaced": 0,
        "without_original": 0,
        "file_bytes": 0,
        "notes": [],
        "failures": [],
    }


def test_json_tells_failures_too(three: Path) -> None:
    flipped(three, three.stat().st_size // 2)
    done = run("decompress", three, "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["failures"]) >= 1


# --------------------------------------------------------------------------------- interrupts


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("everyone", [False, True])
def test_an_interrupt_ends_it_at_once_and_leaves_no_half_file(
    tmp_path: Path, how: str, everyone: bool
) -> None:
    (tmp_path / "x.aez").write_bytes(aecodec.compress(pattern(100).repeat(300, axis=0)))
    out = tmp_path / "x-decoded"
    child = subprocess.Popen(
        [sys.executable, "-m", "aecodec", "decompress", tmp_path / "x.aez", "-j", "2"],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (out.is_dir() and any(out.iterdir())):
        assert child.poll() is None, "it ended too soon"
        time.sleep(0.001)
    before = time.monotonic()
    (os.killpg if everyone else os.kill)(child.pid, signal.Signals[how])
    _, text = child.communicate(timeout=20)
    assert time.monotonic() - before < 5
    assert child.returncode == 130
    assert text.decode() == "aecodec: interrupted\n"
    assert [name for name in tree(out) if not name.endswith(".png")] == []


# ------------------------------------------------------------------- several results, one place


def test_a_result_never_takes_the_place_of_another(tmp_path: Path) -> None:
    for seed, name in enumerate(("c1", "c2"), 1):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.aez").write_bytes(aecodec.compress(pattern(1, seed)))
        archive(tmp_path / name / "y.aez", [(2, ())])
    inputs = [tmp_path / c / n for n in ("x.aez", "y.aez") for c in ("c1", "c2")]
    out = tmp_path / "out"
    text = fails("decompress", *inputs, "-o", out, "-f")
    told = [line for line in text.splitlines() if line.startswith("aecodec: ")]
    for line, name in zip(told, ("x.aez", "y.aez"), strict=True):
        assert str(tmp_path / "c1" / name) in line
        assert str(tmp_path / "c2" / name) in line
    assert tree(out) == ["x.png", "y/000000.png", "y/000001.png"]
    assert np.array_equal(load(out / "x.png"), decoded(pattern(1, 1))[0])


@pytest.mark.usefixtures("three")
def test_an_input_is_never_overwritten(digit: Path, tmp_path: Path) -> None:
    data = digit.read_bytes()
    one_line(fails("decompress", digit, "-o", digit, "-f", code=2))
    assert digit.read_bytes() == data
    digit = digit.rename(tmp_path / "digit.png")
    assert "input itself" in one_line(fails("decompress", digit, "-o", digit, "-f"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/digit.aez").write_bytes(data)
    (tmp_path / "three.aez").rename(tmp_path / "in/three.aez")
    told = fails("decompress", digit, tmp_path / "in", "-o", tmp_path, "-f")
    assert "digit.png, which is an input" in told
    assert digit.read_bytes() == data
    path = archive(tmp_path / "y.aez", [(2, ("x.png", "y.aez"))])
    before = path.read_bytes()
    assert "input itself" in complaint(fails("decompress", path, "-o", tmp_path, "-f", "-j", "1"))
    assert path.read_bytes() == before
    with pytest.raises(aecodec.OutputError, match="input itself"):
        aecodec.decompress_file(digit, digit, overwrite=True)


def test_a_missing_input_is_told_and_the_others_are_done(digit: Path, tmp_path: Path) -> None:
    none = tmp_path / "none.aez"
    text = complaint(fails("decompress", none, digit, "-o", tmp_path / "out"))
    assert "none.aez" in text
    assert tree(tmp_path / "out") == ["digit.png"]
    assert len(fails("decompress", none, tmp_path / "nor.aez").splitlines()) == 2


def test_a_suffix_may_be_in_capitals(digit: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    digit.rename(tmp_path / "in/A.AEZ")
    ok("decompress", tmp_path / "in", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == ["A.png"]


# ------------------------------------------------------------------------------ originals are safe


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    """A folder of images beside the archive that was made of it, and some are gone."""
    folder = folder_of(tmp_path / "scans", pattern(5))
    ok("compress", folder)
    (folder / "02.png").unlink()
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in tree(folder)}


@pytest.mark.parametrize("flags", [[], ["-f"]])
def test_a_lossy_copy_never_comes_among_the_originals(
    originals: Path, tmp_path: Path, flags: list[str]
) -> None:
    before = content(originals)
    ok("decompress", tmp_path / "scans.aez", *flags)
    (tmp_path / "scans-decoded").rename(tmp_path / "elsewhere")
    ok("decompress", tmp_path / "scans.aez", "-o", tmp_path, *flags, cwd=tmp_path)
    ok("decompress", "scans.aez", "scans.aez", tmp_path, "-o", ".", *flags, cwd=tmp_path)
    assert content(originals) == before


def test_a_single_copy_never_takes_its_originals_place(digit: Path, tmp_path: Path) -> None:
    save(tmp_path / "digit.png", pattern(1, 9)[0])
    before = (tmp_path / "digit.png").read_bytes()
    for output in ((), ("-o", tmp_path), ("-o", f"{tmp_path}/")):
        ok("decompress", digit, "-f", *output)
    assert (tmp_path / "digit.png").read_bytes() == before
    assert "not written by aecodec" in fails("decompress", digit, "-o", tmp_path / "digit.png")
    assert (tmp_path / "digit.png").read_bytes() == before
    text = ok("decompress", digit, "-o", tmp_path / "digit.png", "-f").stderr.decode()
    assert "1 image written, replacing 1 file that aecodec had not written" in text


def test_originals_are_replaced_only_where_their_folder_is_named_with_f(
    originals: Path, tmp_path: Path
) -> None:
    before = content(originals)
    text = complaint(fails("decompress", tmp_path / "scans.aez", "-o", originals))
    assert "00.png and 3 more: exists already and was not written by aecodec" in text
    assert content(originals) == before | {"02.png": content(originals)["02.png"]}
    done = ok("decompress", tmp_path / "scans.aez", "-o", originals, "-f")
    assert b"4 images written, replacing 4 files that aecodec had not written" in done.stderr
    report = json.loads(ok("compress", originals, "-f", "--json").stdout)
    assert report["images"] == 5


def test_an_archives_folder_that_nobody_named_keeps_its_originals(
    originals: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "scans"):
        data = (tmp_path / "scans.aez").read_bytes()
        (tmp_path / f"in/{name}.aez").write_bytes(data)
    before = content(originals)
    text = complaint(fails("decompress", tmp_path / "in", "-o", tmp_path, "-f"))
    assert "00.png and 3 more: exists already" in text
    assert {name: content(originals)[name] for name in before} == before


# -------------------------------------------------------------------------------- done in part


def test_the_same_command_completes_what_was_killed(tmp_path: Path) -> None:
    (tmp_path / "x.aez").write_bytes(aecodec.compress(pattern(100).repeat(300, axis=0)))
    out = tmp_path / "x-decoded"
    child = subprocess.Popen(
        [sys.executable, "-m", "aecodec", "decompress", tmp_path / "x.aez", "-j", "2"],
        start_new_session=True,
    )
    while not (out.is_dir() and len(list(out.iterdir())) > 50):
        assert child.poll() is None, "it ended too soon"
        time.sleep(0.001)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait(20)
    there = [name for name in tree(out) if name.endswith(".png")]
    assert len(there) < 30_000
    text = ok("decompress", tmp_path / "x.aez").stderr.decode()
    assert f"{30_000 - len(there):,} images written, {len(there):,} there already" in text
    assert tree(out) == [f"{number:06}.png" for number in range(30_000)]


def test_images_that_are_there_are_told(three: Path) -> None:
    assert b"three-decoded: 6 images written\n" in ok("decompress", three).stderr
    assert b"three-decoded: 6 images there already\n" in ok("decompress", three).stderr


# ------------------------------------------------------------------------- one line, many files


def test_many_files_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(25):
        data = aecodec.compress(pattern(1, number + 1))
        (tmp_path / f"in/{number:02}.aez").write_bytes(data)
    text = ok("decompress", tmp_path / "in").stderr.decode()
    assert text == "25 .aez files: 25 images written beside them\n"
    text = ok("decompress", tmp_path / "in", "-o", tmp_path / "out").stderr.decode()
    assert text == f"{tmp_path}/out: 25 images written\n"
    (tmp_path / "file").write_bytes(b"")
    text = fails("decompress", tmp_path / "in", "-o", tmp_path / "file")
    assert one_line(text).startswith(f"aecodec: {tmp_path}/file: is a file, but")


def test_a_folder_that_takes_no_files_is_told_once(tmp_path: Path) -> None:
    for number in range(25):
        data = aecodec.compress(pattern(1, number + 1))
        (tmp_path / f"{number:02}.aez").write_bytes(data)
    code = (
        "import errno, os, sys; from pathlib import Path; from aecodec.cli import main\n"
        "opened, opened_by_number = Path.open, os.open\n"
        "def refuse(path, mode='r', *args, **kwargs):\n"
        "    if 'x' in mode or 'w' in mode:\n"
        "        raise PermissionError(errno.EACCES, 'Permission denied', str(path))\n"
        "    return opened(path, mode, *args, **kwargs)\n"
        "def refuse_by_number(path, flags, *args, **kwargs):\n"
        "    if flags & (os.O_WRONLY | os.O_RDWR):\n"
        "        raise PermissionError(errno.EACCES, 'Permission denied', str(path))\n"
        "    return opened_by_number(path, flags, *args, **kwargs)\n"
        "Path.open, os.open = refuse, refuse_by_number\n"
        "sys.argv = ['aecodec', 'decompress', '.']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1
    text = one_line(done.stderr.decode())
    assert "00.decoded.png and 24 more: cannot be written: Permission denied." in text


# ------------------------------------------------------------------------------- single members


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    names = ("0/a.png", "0/b.png", "1/[x].png", "1/x.png", "read.me.png")
    return archive(tmp_path / "c.aez", [(3, names[:3]), (2, names[3:])])


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["1/x.png"], ["1/x.png"]),
        (["0/*"], ["0/a.png", "0/b.png"]),
        (["*x*", "0/a.png"], ["0/a.png", "1/[x].png", "1/x.png"]),
        (["1/[x].png"], ["1/[x].png", "1/x.png"]),
        (["?/?.png"], ["0/a.png", "0/b.png", "1/x.png"]),
        (["*"], ["0/a.png", "0/b.png", "1/[x].png", "1/x.png", "read.me.png"]),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_names_and_patterns_choose_images(
    classes: Path, tmp_path: Path, patterns: list[str], expected: list[str], jobs: str
) -> None:
    ok("decompress", classes, *patterns, "-o", tmp_path / "out", "-j", jobs)
    assert tree(tmp_path / "out") == expected
    with aecodec.open(classes) as opened:
        for name in expected:
            assert np.array_equal(load(tmp_path / "out" / name), opened[name])
    ok("decompress", classes, *patterns)
    assert tree(tmp_path / "c-decoded") == expected


def test_one_image_of_many_goes_into_a_file_or_a_pipe(classes: Path, tmp_path: Path) -> None:
    ok("decompress", classes, "1/x.png", "-o", tmp_path / "one.png")
    with aecodec.open(classes) as opened:
        assert np.array_equal(load(tmp_path / "one.png"), opened["1/x.png"])
    png = ok("decompress", classes, "1/x.png", "-o", "-").stdout
    assert png == (tmp_path / "one.png").read_bytes()
    assert ok("decompress", "-", "1/x.png", stdin=classes.read_bytes()).stdout == png
    fails("decompress", classes, "0/*", "-o", "-", code=2)
    fails("decompress", classes, "0/*", "-o", tmp_path / "two.png", code=2)
    assert not (tmp_path / "two.png").exists()


def test_images_without_names_are_chosen_by_their_numbers(three: Path, tmp_path: Path) -> None:
    ok("decompress", three, "000003.png", "00000[05].png", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == ["000000.png", "000003.png", "000005.png"]
    with aecodec.open(three) as opened:
        assert np.array_equal(load(tmp_path / "out/000003.png"), opened[3])


def test_a_name_that_no_image_has_is_told_and_the_others_are_written(
    classes: Path, tmp_path: Path
) -> None:
    text = complaint(fails("decompress", classes, "0/a.png", "none", "-o", tmp_path / "out"))
    assert "none: " in text
    assert "'aecodec list' shows" in text
    assert tree(tmp_path / "out") == ["0/a.png"]
    one_line(fails("decompress", classes, "none", "-o", tmp_path / "two"))
    assert not (tmp_path / "two").exists()


def test_names_go_with_one_file(classes: Path, three: Path) -> None:
    text = one_line(fails("decompress", classes, three, "x.png", code=2))
    assert "'x.png' is taken for the name of an image" in text


def test_only_the_chunks_of_chosen_images_are_read(classes: Path, tmp_path: Path) -> None:
    flipped(classes, places(classes)[0].offset + 9)
    ok("decompress", classes, "read*", "-o", tmp_path / "out")
    assert tree(tmp_path / "out") == ["read.me.png"]


def test_names_from_python(classes: Path, tmp_path: Path) -> None:
    report = aecodec.decompress_file(classes, tmp_path / "out", names=["0/*", "none"])
    assert tree(tmp_path / "out") == ["0/a.png", "0/b.png"]
    assert (report.images, [failure.path for failure in report.failures]) == (2, ["none"])


# -------------------------------------------------------------------------------------- locales


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes there")
@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"},
    ],
)
def test_file_names_are_the_bytes_of_utf_8_whatever_the_locale(
    tmp_path: Path, env: dict[str, str]
) -> None:
    names = ("caf\u00e9.png", "da/\u5b57.png", "\U0001f600.png")
    path = archive(tmp_path / "x.aez", [(3, names)])
    ok("decompress", path, env=env)
    assert tree(tmp_path / "x-decoded") == list(names)
    ok("decompress", path, "da/\u5b57.png", "-o", tmp_path / "out", env=env)
    assert tree(tmp_path / "out") == ["da/\u5b57.png"]
    assert ok("list", path, env=env).stdout.decode("utf-8").splitlines() == list(names)
    ok("info", path, env=env)
    (tmp_path / "x-decoded" / names[0]).write_bytes(b"precious")
    assert b"exists already" in run("decompress", path, env=env).stderr


@pytest.mark.parametrize("output", ["-", "x.png", "folder"])
def test_a_name_that_no_image_has_is_said_so_wherever_it_would_go(
    digit: Path, tmp_path: Path, output: str
) -> None:
    path = output if output == "-" else tmp_path / output
    text = one_line(fails("decompress", digit, "none.png", "-o", path))
    assert text.startswith("aecodec: none.png: ")
    assert "has no image of this name" in text
    assert one_line(fails("decompress", digit, "", "-o", path)).startswith("aecodec: '': ")
