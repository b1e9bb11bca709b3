import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aecodec.explore.builder import ENTRY, FOLDER
from aecodec.explore.modules import join_modules

MODULES = {
    "main.js": """// Comment.
import { double, half } from "./lib/index.js";
import {
  LIMIT,
} from "./lib/limit.js";

const inner = 20;
console.log(JSON.stringify([double(inner), half(inner), LIMIT]));
""",
    "lib/index.js": """export { half } from "./half.js";

const inner = 2;

/** Twice. */
export function double(value) {
  return value * inner;
}
""",
    "lib/half.js": "const inner = 0.5;\nconst half = (value) => value * inner;\nexport { half };\n",
    "lib/limit.js": "export const LIMIT = 3;\nexport class Unused {}\nexport function* none() {}\n",
}


def written(folder: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs Node 20 (apt install nodejs)")
def test_joined_modules_do_what_the_modules_do(tmp_path: Path) -> None:
    script = join_modules(written(tmp_path, MODULES), "main.js")
    done = subprocess.run(
        [str(NODE), "-"], input=script, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == [40, 10, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('import half from "./half.js";', "this form is not joined"),
        ('import * as half from "./half.js";', "this form is not joined"),
        ('import "./half.js";', "this form is not joined"),
        ('import { half as other } from "./half.js";', "only plain names"),
        ('import { third } from "./half.js";', r"half\.js does not export third"),
        ('import { readFileSync } from "node:fs";', "this form is not joined"),
        ("export default 3;", "this form is not joined"),
        ("export let count = 3;", "this form is not joined"),
        ('import { main } from "./main.js";', "imports itself"),
    ],
)
def test_what_cannot_be_joined_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    half = "export const half = 0.5;\n"
    written(tmp_path, {"main.js": f"{text}\nexport const main = 1;\n", "half.js": half})
    with pytest.raises(ValueError, match=message):
        join_modules(tmp_path, "main.js")


def test_every_module_of_the_page_is_joined_once() -> None:
    folder = Path(str(FOLDER))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    joined = re.findall(r"^modules\['([^']*)'\] = ", join_modules(FOLDER, ENTRY), re.MULTILINE)
    assert sorted(joined) == sorted(there)
    assert joined[-1] == ENTRY
