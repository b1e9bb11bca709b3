"""The documents: their commands and examples run, their links lead somewhere, no option is missing.

A block of commands that must not run here (it installs, downloads, or takes long) is fenced as
`sh no-run`; its options are checked all the same.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main
from helpers import ROOT

from aecodec.cli import program

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
RUNNING = [page for page in PAGES if page.name not in ("CHANGELOG.md", "FORMAT.md")]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)")
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")
EVERYWHERE = {"-h", "--help"}


class Command(NamedTuple):
    """A command of aecodec: how it is called, and the options that it takes."""

    path: tuple[str, ...]
    options: frozenset[str]


def commands() -> Iterator[Command]:
    """All commands of the command line, from its own tables."""
    program.add_commands("")
    root: tuple[str, ...] = ()
    todo = [(root, typer.main.get_command(program.app))]
    while todo:
        path, command = todo.pop()
        names = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
        yield Command(path, frozenset(name for name in names if name.startswith("-")))
        todo += [((*path, name), sub) for name, sub in getattr(command, "commands", {}).items()]


COMMANDS = {command.path: command for command in commands()}


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[tuple[str, list[str]]]:
    """Code blocks of a language: the text, and what else their fence says."""
    for block in FENCE.finditer(page.read_text("utf-8")):
        first, *rest = block["info"].split() or [""]
        if first == language:
            yield block["text"], rest


def calls(text: str) -> Iterator[list[str]]:
    """The calls of aecodec in a block of shell, as words."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        for part in re.split(r"&&|\|", line.partition("  #")[0]):
            words = shlex.split(part, comments=True)
            if words[:1] == ["aecodec"]:
                yield words[1:]


def called(words: list[str]) -> Command:
    """The command that words call."""
    longest = max((n for n in range(len(words) + 1) if tuple(words[:n]) in COMMANDS), default=0)
    return COMMANDS[tuple(words[:longest])]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as the documents take it for granted: an image, and two folders of them."""
    for folder, count in (("scans", 12), ("my_images", 40)):
        (tmp_path / folder).mkdir()
        for image in sorted((ROOT / "examples/digits").glob("*.png"))[:: 100 // count]:
            shutil.copy(image, tmp_path / folder)
    shutil.copy(ROOT / "examples/digits/7_00.png", tmp_path / "digit.png")
    return tmp_path


@pytest.fixture
def bucket(page: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket called `bucket` on S3, where a page tells of one."""
    if "s3://bucket" in page.read_text("utf-8"):
        server = request.getfixturevalue("s3_server")
        server.client.create_bucket(Bucket="bucket")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)


def run_in(place: Path, *words: str, script: str) -> None:
    folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "AECODEC_MODELS": "", "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        [*words, script],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("page", RUNNING, ids=page_id)
def test_commands_run_in_their_order(page: Path, place: Path) -> None:
    script = "".join(text for text, marks in blocks(page, "sh") if "no-run" not in marks)
    if script:
        run_in(place, "bash", "-euo", "pipefail", "-c", script=script)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("page", RUNNING, ids=page_id)
def test_examples_in_python_run(page: Path, place: Path) -> None:
    script = "\n".join(text for text, marks in blocks(page, "python") if "no-run" not in marks)
    if script:
        run_in(place, sys.executable, "-c", script=script)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_option_of_a_command_exists(page: Path) -> None:
    for text, _ in blocks(page, "sh"):
        for words in calls(text):
            command = called(words)
            given = {word.partition("=")[0] for word in words if re.match("--?[a-zA-Z]", word)}
            assert given <= command.options | EVERYWHERE, words


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_block_is_of_an_unknown_language(page: Path) -> None:
    known = {"", "sh", "python", "js", "text", "bibtex"}
    assert {
        info.split()[0] if info.split() else "" for info, _ in FENCE.findall(page.read_text())
    } <= known


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        place = (page.parent / target) if target else page
        assert place.exists(), f"{page.name} links to {target}"
        if anchor and place.suffix == ".md":
            assert anchor[1:] in anchors(place), f"{page.name} links to {target}{anchor}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda c: " ".join(c.path) or "aecodec")
def test_every_option_is_documented(command: Command) -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES if page.name != "CHANGELOG.md")
    section = documented(command, text)
    missing = command.options - EVERYWHERE - set(OPTION.findall(section))
    assert not missing, f"aecodec {' '.join(command.path)}: {', '.join(sorted(missing))}"


def documented(command: Command, text: str) -> str:
    """What is written under all headings that name a command; of the whole program, everything."""
    if not command.path:
        return text
    name = re.escape(" ".join(command.path))
    found, level = [], 0
    for line in FENCE.sub("", text).splitlines():
        if heading := re.match(r"(#+) (.*)", line):
            depth = len(heading[1])
            if re.search(rf"(?<![\w-]){name}(?![\w-])", heading[2]):
                level = level or depth
            elif depth <= level:
                level = 0
        if level:
            found.append(line)
    assert found, f"no heading names {name}"
    return "\n".join(found)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 700
