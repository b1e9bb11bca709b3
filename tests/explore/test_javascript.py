"""The page's JavaScript without a page: in Node, by its own test runner."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers import ROOT, VECTORS

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node 20 (apt install nodejs)")
TESTS = sorted((Path(__file__).parent / "js").glob("*.test.js"))


def node(*args: str | Path) -> str:
    done = subprocess.run(
        [str(NODE), *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_node_agrees(path: Path) -> None:
    told = node("--test", "--test-reporter=tap", path)
    passed = re.search(r"^# pass (\d+)$", told, re.MULTILINE)
    assert passed
    assert int(passed[1]) > 0
    assert "# skipped 0" in told


def test_the_example_of_the_decoder_runs_as_it_stands() -> None:
    index = ROOT / "aecodec" / "explore" / "js" / "decoder" / "index.js"
    comment = index.read_text("utf-8").partition("\n\nimport")[0]
    lines = re.findall(r"^//   (.*)$", comment, re.MULTILINE)
    code = "\n".join(lines).replace('"./aecodec', f'"{ROOT.as_posix()}/aecodec')
    code = code.replace("x.aez", str(VECTORS / "good" / "one.aez"))
    code = code.replace("mnist-x392.aem", str(VECTORS / "models" / "tiny-k2.aem"))
    told = node("--input-type=module", "--eval", code)
    assert told == "null 784\n"
