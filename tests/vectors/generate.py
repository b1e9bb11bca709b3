"""Make the test vectors, from docs/FORMAT.md alone: bytes put together by hand.

    python tests/vectors/generate.py

writes what is missing, and stops where a file is there with other bytes: vectors never change.
Pixels come from the reference decoder in `tests/reference`, never from the package.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # for `reference` and `vectors`

import reference as ref  # noqa: E402
from vectors import (  # noqa: E402
    bad_chunks,
    bad_embedded,
    bad_headers,
    bad_indexes,
    bad_names,
    good_files,
    model_files,
    several_faults,
    tiny_models,
    unsupported_files,
    version2_files,
)

INTRODUCTION = """\
# Vectors

Files that never change, made by `generate.py` from `docs/FORMAT.md` alone.

| folder | what a decoder must do |
| --- | --- |
| `models/` | use these models, and no others |
| `good/` | give the pixels and the names: `expected.json` has the SHA-256 of all pixels, joined |
| `bad/` | refuse the file as damaged, or as the sentence starts |
| `unsupported/` | refuse the file as unsupported; the two called `version-2...` were that before \
there was a version 2, and are damaged to a decoder of it |

The verdicts are those of "Verdicts" in `docs/FORMAT.md`. `expected.json` gives them as the error
of this package: `CorruptFileError`, `UnsafeNameError` and `InvalidModelError` are *damaged*,
`UnsupportedFileError` is *unsupported*, `UnknownModelError` is *unknown model* and `DecodingError`
is *wrong pixels*. Where two errors stand there, either will do.
"""
VERDICTS = {"UnknownModelError": "Unknown model: ", "DecodingError": "Wrong pixels: "}
FOLDERS = ["models", "good", "bad", "unsupported"]
UNSUPPORTED = "UnsupportedFileError"
KNOWN_NOW = ("version-2", "version-2-other")  # unsupported until there was a version 2


class Vector(NamedTuple):
    """A file, a sentence about it, and what is expected of it: contents or an error's name."""

    path: str
    data: bytes
    sentence: str
    expected: dict[str, object] | str


def vectors() -> Iterator[Vector]:
    """All vectors in the order of their folders."""
    for name, data, text in tiny_models.files():
        yield Vector(f"models/{name}.aem", data, text, {"id": data[5:13].hex()})
    for name, data, text in good_files.all_good():
        yield Vector(f"good/{name}.aez", data, text, contents(data))
    for module in (bad_headers, bad_chunks, bad_names, bad_indexes, bad_embedded, several_faults):
        for name, data, error, text in module.bad():
            yield Vector(f"bad/{name}.aez", data, text, error)
    for name, data, error, text in model_files.bad():
        yield Vector(f"bad/{name}.aem", data, text, error)
    for name, data, text in unsupported_files.unsupported():
        error = "CorruptFileError" if name in KNOWN_NOW else UNSUPPORTED
        yield Vector(f"unsupported/{name}.aez", data, text, error)
    for name, data, text in several_faults.unsupported():
        yield Vector(f"unsupported/{name}.aez", data, text, UNSUPPORTED)
    for name, data, text in model_files.unsupported():
        yield Vector(f"unsupported/{name}.aem", data, text, UNSUPPORTED)
    for name, data, text in version2_files.good():
        yield Vector(f"good/{name}.aez", data, text, contents(data))
    for name, data, error, text in version2_files.bad():
        yield Vector(f"bad/{name}.aez", data, text, error)
    for name, data, text in version2_files.unsupported():
        yield Vector(f"unsupported/{name}.aez", data, text, UNSUPPORTED)


@cache
def contents(data: bytes) -> dict[str, object]:
    """What a good file decodes to."""
    file = ref.decode_file(data, tiny_models.BY_ID)
    pictures = file.pictures
    joined = b"".join(picture.pixels for picture in pictures)
    found: dict[str, object] = {
        "images": len(pictures),
        "sha256": hashlib.sha256(joined).hexdigest(),
    }
    if any(picture.name for picture in pictures):
        found["names"] = [picture.name for picture in pictures]
    if any(picture.label is not None for picture in pictures):
        found["labels"] = [plain(picture.label) for picture in pictures]
    if file.splits:
        found["splits"] = [list(run) for run in file.splits]
    if file.metadata:
        found["metadata"] = {key: plain(value) for key, value in file.metadata.items()}
    return found


@cache
def files() -> dict[str, Vector]:
    """All vectors by their paths."""
    return {vector.path: vector for vector in vectors()}


def plain(value: object) -> object:
    """A value as JSON has it: bytes as hexadecimal, and integers past 2^53 as text."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, int) and abs(value) >= 2**53 else value


def readme(made: dict[str, Vector]) -> str:
    lines = [INTRODUCTION.rstrip()]
    folder = ""
    for path, vector in sorted(made.items(), key=lambda item: FOLDERS.index(item[0].split("/")[0])):
        if path.partition("/")[0] != folder:
            folder = path.partition("/")[0]
            lines += ["", f"## {folder}", "", "| file | |", "| --- | --- |"]
        verdict = VERDICTS.get(str(vector.expected), "")
        text = (verdict + vector.sentence).replace("|", "\\|")
        lines.append(f"| {path.partition('/')[2]} | {text} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    made = files()
    changed = [
        path
        for path, vector in made.items()
        if (HERE / path).exists() and (HERE / path).read_bytes() != vector.data
    ]
    if changed:
        sys.exit(f"vectors never change, but these would: {', '.join(changed)}")
    for path, vector in made.items():
        if not (HERE / path).exists():
            (HERE / path).parent.mkdir(exist_ok=True)
            (HERE / path).write_bytes(vector.data)
            print("wrote", path)
    expected = {path: vector.expected for path, vector in made.items()}
    text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
    (HERE / "expected.json").write_text(text, encoding="utf-8")
    (HERE / "README.md").write_text(readme(made), encoding="utf-8")


if __name__ == "__main__":
    main()
