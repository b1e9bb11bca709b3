"""What holds for the command line as a whole: help, exit codes, start-up, signals."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import ROOT, fails, folder_of, ok, one_line, pattern, run, save, tree

import aecodec
from aecodec.cli.options import say

COMMANDS = ("compress", "decompress", "list", "info", "verify", "bench", "models", "train")
HEAVY = ("tensorflow", "keras", "matplotlib", "skimage", "rich", "scipy", "dask")


@pytest.fixture(scope="module")
def help_text() -> str:
    return ok("--help").stdout.decode()


def test_every_command_is_listed_in_help_and_has_a_section_in_the_docs(help_text: str) -> None:
    listed = set(re.findall(r"^  ([a-z]+)  ", help_text, re.MULTILINE))
    assert listed >= set(COMMANDS)
    usage = (ROOT / "docs/usage.md").read_text("utf-8")
    for command in listed:
        assert f"\n## {command}\n" in usage, command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps(command: str) -> None:
    done = ok(command, "--help")
    text = done.stdout.decode()
    assert done.stderr == b""
    assert f"aecodec {command}" in text or command in text
    options = set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help"}
    assert options, text


def test_the_version_is_told() -> None:
    from importlib.metadata import version

    for option in ("-V", "--version"):
        assert ok(option).stdout.decode().strip() == f"aecodec {version('aecodec')}"


def test_the_installed_script_is_the_same_program() -> None:
    script = Path(sys.executable).with_name("aecodec")
    if not script.exists():
        pytest.skip("installed without scripts")
    done = subprocess.run([script, "--version"], capture_output=True, check=True)
    assert done.stdout == ok("--version").stdout


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("compress",),
        ("compress", "x.png", "--nonsense"),
        ("compress", "x.png", "-j", "0"),
        ("compress", "x.png", "-j", "many"),
        ("decompress",),
        ("list",),
        ("verify",),
        ("info",),
        ("bench",),
        ("train",),
    ],
)
def test_wrong_usage_exits_with_2(args: tuple[str, ...], tmp_path: Path) -> None:
    fails(*args, code=2, cwd=tmp_path)
    assert tree(tmp_path) == []


def test_coding_imports_nothing_heavy(tmp_path: Path) -> None:
    save(tmp_path / "x.png", pattern(1)[0])
    code = (
        "import sys; from aecodec.cli import main\n"
        "for args in (['compress', 'x.png', '-j', '1'], ['decompress', 'x.aez', '-f'],\n"
        "             ['verify', 'x.aez'], ['info', 'x.aez']):\n"
        "    sys.argv = ['aecodec', *args]\n"
        "    try: main()\n"
        "    except SystemExit as e: assert not e.code, (args, e.code)\n"
        f"loaded = {{m.partition('.')[0] for m in sys.modules}} | sys.modules.keys()\n"
        f"print('HEAVY', sorted(set({(*HEAVY, 'numpy.ma')!r}) & loaded))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"HEAVY []" in done.stdout, done.stdout


def test_importing_the_package_imports_nothing_heavy_and_opens_no_connection() -> None:
    code = (
        "import sys, socket\n"
        "def refuse(*a, **k): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\n"
        "import aecodec\n"
        "for name in aecodec.__all__: getattr(aecodec, name)\n"
        f"print(sorted(set({HEAVY!r}) & {{m.partition('.')[0] for m in sys.modules}}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    folder_of(tmp_path / "scans", pattern(3))
    for number in range(3, 3000):
        os.link(tmp_path / "scans/00.png", tmp_path / f"scans/x{number}.png")
    child = subprocess.Popen(
        [sys.executable, "-m", "aecodec", "compress", tmp_path / "scans", "-o", "-", "-j", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout and child.stderr
    child.stdout.close()
    text = child.stderr.read().decode()
    child.stderr.close()
    assert child.wait(60) != 0
    assert "Traceback" not in text


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A folder that takes a while."""
    first = folder_of(tmp_path / "scans", pattern(1)) / "00.png"
    for number in range(1, 12_000):
        os.link(first, tmp_path / f"scans/{number:05}.png")
    return tmp_path / "scans"


def leftovers(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name != "scans"]


def start(*args: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "aecodec", *map(str, args)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for_temporary(folder: Path, child: subprocess.Popen[bytes]) -> None:
    while not any(name.endswith(".tmp") for name in leftovers(folder)):
        assert child.poll() is None, "it ended too soon"
        time.sleep(0.001)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_killed_run_leaves_no_half_file(long: Path, tmp_path: Path, how: str) -> None:
    child = start("compress", long, "-o", tmp_path / "x.aez", "-j", "2")
    wait_for_temporary(tmp_path, child)
    child.send_signal(signal.Signals[how])
    assert child.stderr
    text = child.stderr.read().decode()
    child.stderr.close()
    assert child.wait(60) != 0
    assert "Traceback" not in text
    assert not (tmp_path / "x.aez").exists()
    if how != "SIGKILL":  # then there was time to tidy up
        assert leftovers(tmp_path) == []
        assert child.returncode == 130
    assert len(tree(long)) == 12_000


STARTED = """
import sys
from aecodec.cli import interrupts, main

interrupts.end_at_once()  # as main does first
print("started", flush=True)
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_at_any_moment_is_one_line(scans: Path, tmp_path: Path, jobs: str) -> None:
    """From its first moment to the end of its work, in steps of 12 ms."""
    for step in range(24):
        out = tmp_path / f"out{step}"
        child = subprocess.Popen(
            [sys.executable, "-c", STARTED, "compress", scans, "-o", out, "-j", jobs],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert child.stdout and child.stdout.readline() == b"started\n"
        time.sleep(step * 0.012)
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does
        text = child.communicate(timeout=60)[1].decode()
        if child.returncode == 130:
            assert text.splitlines()[-1] == "aecodec: interrupted", text
        else:
            assert child.returncode == 0
        assert "Traceback" not in text
        assert not [name for name in tree(tmp_path) if name.endswith(".tmp")]


def test_a_message_and_its_end_of_line_are_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt between the two would leave the next message on the same line."""
    written = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stderr", Stream())
    say("one line")
    assert written == ["one line\n"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_the_same_command_completes_what_a_kill_left(long: Path, tmp_path: Path) -> None:
    for entry in sorted(long.iterdir())[4000:]:
        entry.unlink()
    out = tmp_path / "out"
    child = start("compress", long, "-o", out, "-j", "1")
    while not (out.is_dir() and any(p.suffix == ".aez" for p in out.iterdir())):
        assert child.poll() is None, "it ended too soon"
        time.sleep(0.001)
    child.kill()
    child.communicate()
    (out / f".aecodec-{0:016x}.tmp").write_bytes(b"half")
    done = [p for p in out.iterdir() if p.suffix == ".aez"]
    assert 0 < len(done) < 4000
    before = {p: p.stat().st_mtime_ns for p in done}
    text = ok("compress", long, "-o", out, "-j", "1").stderr.decode()
    assert f"({len(done):,} of 4,000 there already)" in text
    assert {p: p.stat().st_mtime_ns for p in done} == before
    assert tree(out) == [f"{n:02}.aez" if n == 0 else f"{n:05}.aez" for n in range(4000)]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_run_leaves_the_old_file_as_it_was(long: Path, tmp_path: Path) -> None:
    (tmp_path / "x.aez").write_bytes(b"precious")
    child = start("compress", long, "-o", tmp_path / "x.aez", "-f", "-j", "1")
    wait_for_temporary(tmp_path, child)
    child.kill()
    child.wait(60)
    assert child.stderr
    child.stderr.close()
    assert (tmp_path / "x.aez").read_bytes() == b"precious"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_run_leaves_no_workers_behind(long: Path, tmp_path: Path) -> None:
    child = start("compress", long, "-o", tmp_path / "x.aez", "-j", "2")
    wait_for_temporary(tmp_path, child)
    end = time.monotonic() + 20
    while len(workers := children_of(child.pid)) < 2:
        assert time.monotonic() < end, "there are no workers to leave behind"
    child.kill()
    child.wait(60)
    assert child.stderr
    child.stderr.close()
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() and not is_dead(pid) for pid in workers):
        assert time.monotonic() < end, "workers are still there"
        time.sleep(0.05)


def children_of(parent: int) -> list[int]:
    stats = Path("/proc").glob("[0-9]*/stat")
    return [int(path.parent.name) for path in stats if parent_of(path) == parent]


def parent_of(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    save(tmp_path / "x.png", pattern(1)[0])
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "aecodec", "compress", str(tmp_path / "x.png"), "-o", "-"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


def test_verify_and_info_speak_of_good_files(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(3)))
    assert b"3 images, all well" in ok("verify", path).stderr
    done = ok("info", path)
    text = done.stdout.decode()
    for part in ("3 in 1 chunk", "short form", "mnist-x392", "exact in float32", "names   no"):
        assert part in text
    row = json.loads(ok("info", "--json", path).stdout)["files"][0]
    assert row["bytes"] == path.stat().st_size
    assert row["images"] == 3
    assert row["damage"] is None
    assert row["models"][0]["arithmetic"] == "float32"


def test_verify_and_info_tell_damage(tmp_path: Path) -> None:
    data = bytearray(aecodec.compress(pattern(3)))
    data[-6] ^= 1
    path = tmp_path / "x.aez"
    path.write_bytes(bytes(data))
    assert "x.aez" in fails("verify", path)
    done = run("info", path, "--json")
    assert json.loads(done.stdout)["files"][0]["damage"]


def test_info_tells_a_model_that_is_not_installed(tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1), "k3", "tiny"))
    done = run("info", path, env={"AECODEC_MODELS": ""})
    assert b"not installed here" in done.stdout
    assert b"damage" not in done.stdout
    assert done.returncode == 0


def test_a_damaged_id_is_told_as_damage(tmp_path: Path) -> None:
    for name, count in (("x", 1), ("y", 1030)):
        data = bytearray(aecodec.compress(pattern(count)))
        data[9] ^= 1
        path = tmp_path / f"{name}.aez"
        path.write_bytes(bytes(data))
        for command in ("verify", "decompress"):
            text = one_line(fails(command, path))
            assert f"{name}.aez: damaged" in text
        row = json.loads(run("info", path, "--json").stdout)["files"][0]
        assert row["damage"]
    assert tree(tmp_path) == ["x.aez", "y.aez"]


@pytest.mark.parametrize("command", ["verify", "decompress", "info"])
def test_a_family_is_no_model_to_look_at(command: str, tmp_path: Path) -> None:
    path = tmp_path / "x.aez"
    path.write_bytes(aecodec.compress(pattern(1)))
    text = one_line(fails(command, path, "--model", "mnist", code=2))
    assert text.startswith("aecodec: There is no model 'mnist'; installed: ")
    assert "family" not in ok(command, "--help").stdout.decode()


@pytest.mark.parametrize("command", ["verify", "decompress"])
def test_a_missing_model_is_told_with_the_file_that_needs_it(command: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.aez").write_bytes(aecodec.compress(pattern(1), "k3", "tiny"))
    text = fails(command, tmp_path / "a.aez", tmp_path / "b.aez", env={"AECODEC_MODELS": ""})
    for line, name in zip(text.splitlines(), ("a", "b"), strict=True):
        assert line.startswith(f"aecodec: {tmp_path}/{name}.aez: Model ")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
@pytest.mark.parametrize("command", ["verify", "info"])
def test_an_unreadable_file_is_told_and_the_others_are_done(command: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.aez").write_bytes(aecodec.compress(pattern(1)))
    (tmp_path / "a.aez").chmod(0)
    done = run(command, tmp_path / "a.aez", tmp_path / "b.aez")
    assert done.returncode == 1
    assert b"a.aez: cannot be read: Permission denied" in done.stderr
    assert b"b.aez" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["verify", "info"])
def test_whether_a_file_can_be_read_is_not_a_matter_of_usage(command: str, tmp_path: Path) -> None:
    (tmp_path / "a.aez").write_bytes(aecodec.compress(pattern(1)))
    code = (
        "import os, sys; from aecodec.cli import main\n"
        "os.access = lambda *_, **__: False  # as for one who is not root\n"
        f"sys.argv = ['aecodec', {command!r}, 'a.aez']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_models_lists_what_is_installed(models: Path) -> None:
    report = json.loads(ok("models", "--json").stdout)
    rows = {row["name"]: row for row in report["models"]}
    assert rows["tiny-k3"]["kind"] == "classic"
    assert rows["tiny-k3"]["path"] == str(models / "tiny-k3.aem")
    assert rows["tiny-k2"]["id"] == rows["mnist-x392"]["id"]
    assert str(models) in report["searched"]
    assert b"tiny-k2" in ok("models").stdout


def test_models_tells_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "bad-one.aem").write_bytes(b"nonsense")
    done = ok("models", "--json", env={"AECODEC_MODELS": str(tmp_path)})
    rows = {row["name"]: row for row in json.loads(done.stdout)["models"]}
    assert "not a model file" in rows["bad-one"]["problem"]


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("command", "closed", "code"),
    [
        ("compress x.png -o y.aez", ">&-", 0),  # nothing had to be printed
        ("compress x.png -o y.aez", "<&- >&- 2>&-", 0),
        ("compress x.png -o -", ">&-", 1),
        ("compress - -o y.aez", "<&-", 1),
        ("decompress - -o y.png", "<&-", 1),
        ("models", ">&-", 1),
        ("--version", ">&-", 1),
    ],
)
def test_a_closed_stream_is_told_where_it_is_needed(
    tmp_path: Path, command: str, closed: str, code: int
) -> None:
    save(tmp_path / "x.png", pattern(1)[0])
    done = _shell(f"{command} {closed}", tmp_path)
    text = done.stderr.decode()
    assert done.returncode == code, text
    assert ("is closed" in text) == (code == 1), text
    assert "Traceback" not in text
    assert (tmp_path / "y.aez").exists() == (code == 0)


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_with_standard_error_closed_messages_stay_out_of_the_result(tmp_path: Path) -> None:
    save(tmp_path / "x.png", pattern(1)[0])
    done = _shell("compress x.png -o - 2>&-", tmp_path)
    assert done.returncode == 0
    assert len(aecodec.decompress(done.stdout)) == 1


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m aecodec {command}', sys.executable],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )


def _completions(folder: Path, line: str) -> list[str]:
    """What bash is told to offer for the last word of a line."""
    program = folder / "aecodec"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m aecodec "$@"\n')
    program.chmod(0o755)
    script = ok("--show-completion", "bash").stdout.decode()
    words = line.split(" ")
    code = (
        f"{script}\nPATH={folder}:$PATH; COMP_WORDS=({line} ''); COMP_CWORD={len(words) - 1}\n"
        "_aecodec_completion aecodec; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    bash = str(shutil.which("bash"))
    done = subprocess.run([bash, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode().split()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_a_shell_can_complete_commands_and_options(tmp_path: Path) -> None:
    assert set(_completions(tmp_path, "aecodec ")) >= set(COMMANDS)
    assert _completions(tmp_path, "aecodec com") == ["compress"]
    bounds = ["--model", "--max-mse", "--min-psnr"]
    assert _completions(tmp_path, "aecodec compress --m") == bounds
    assert "import" in _completions(tmp_path, "aecodec models ")


LATIN = "en_US.ISO-8859-1"


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", LATIN])
def test_names_are_utf8_in_any_locale(tmp_path: Path, locale: str) -> None:
    env = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    if locale == LATIN:
        env["LOCPATH"] = _latin_locale(tmp_path)
    folder = os.fsencode(tmp_path) + b"/in"
    os.mkdir(folder)  # noqa: PTH102 - the bytes of a name, whatever the locale of the tests
    data = save(tmp_path / "x.png", pattern(1)[0]).read_bytes()
    names = [f"{text}.png".encode() for text in ("café", "字", "a")]
    for name in names:
        with open(folder + b"/" + name, "wb") as file:  # noqa: PTH123
            file.write(data)
    ok("compress", "in", "-o", "x.aez", env=env, cwd=tmp_path)
    with aecodec.open(tmp_path / "x.aez") as archive:
        assert [name.encode() for name in archive.names] == sorted(names)
    ok("compress", "in", "-o", "out", env=env, cwd=tmp_path)
    ok("decompress", "x.aez", "-o", "back", env=env, cwd=tmp_path)
    assert sorted(os.listdir(folder[:-2] + b"back")) == sorted(names)  # noqa: PTH208
    found = sorted(os.listdir(folder[:-2] + b"out"))  # noqa: PTH208
    assert found == sorted(name[:-4] + b".aez" for name in names)


def _latin_locale(folder: Path) -> str:
    """Build a locale of ISO-8859-1, which few systems have; return the folder it lies in."""
    command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / "locale" / LATIN)]
    (folder / "locale").mkdir()
    if not shutil.which("localedef") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no localedef, or none of its sources")
    return str(folder / "locale")
