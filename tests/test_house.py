"""The structure of the package, as docs/architecture.md describes it."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_LINES = 320
KINDS = ("kinds", "training")  # what may know the package of a single kind


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted((ROOT / "aecodec").rglob("*.py"))}
PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports from, also where a function does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            face = import_module(node.module) if node.module in PACKAGES else None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                exported = alias.name in getattr(face, "__all__", ())
                yield inner if inner in FILES and not exported else node.module


IMPORTS = {name: list(imports(path)) for name, path in FILES.items()}


def found(wrong: Callable[[str, str], bool]) -> list[str]:
    """The imports, of a name by a name, that are wrong."""
    return [f"{a} -> {b}" for a, targets in IMPORTS.items() for b in targets if wrong(a, b)]


def room(name: str) -> str:
    """The package or module right below `aecodec` that a name belongs to."""
    return [*name.split("."), ""][1]


def test_packages_are_entered_by_their_faces() -> None:
    def behind_a_face(name: str, target: str) -> bool:
        inside = f"{name}.".startswith(f"{target.rpartition('.')[0]}.")
        return target in FILES and target not in PACKAGES and not inside

    assert found(behind_a_face) == []


def test_only_trainers_know_single_kinds() -> None:
    assert not found(lambda a, b: b.startswith("aecodec.kinds.") and room(a) not in KINDS)


def test_only_trainers_and_its_plugin_know_tensorflow() -> None:
    heavy = ("keras", "tensorflow")

    def may(name: str) -> bool:
        return room(name) == "training" or name == "aecodec.plugins.tensorflow"

    assert not found(lambda a, b: b.split(".")[0] in heavy and not may(a))


def test_data_flows_one_way() -> None:
    """A room imports only what stands below it; rooms of one line import none of each other."""
    floors = (
        "deferred errors levels pillow recent threads",
        "storage",
        "files plotting model_file",
        "images integer",
        "container",  # codes labels by the range coder
        "datasets distortion labels",
        "kinds",
        "archive_extras",
        "library",
        "archive_coders codec coded extras knowledge",
        "selection archive",
        "arrays",
        "batch",
        "api",
        "bench cluster explore plugins",
        "training",  # also of the classifier that bench measures with
        "cli",
    )
    floor = {name: number for number, names in enumerate(floors) for name in names.split()}
    rooms = {room(name) for name in FILES} - {"", "__main__"}
    assert rooms == set(floor)

    def upward(name: str, target: str) -> bool:
        if target not in FILES or "" in (room(target), room(name)) or name == "aecodec.__main__":
            return False
        return room(name) != room(target) and floor[room(name)] <= floor[room(target)]

    assert found(upward) == []


def test_modules_are_short() -> None:
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_importing_the_package_imports_nothing_that_takes_time() -> None:
    slow = ("numpy", "PIL", "msgpack", "typer", "matplotlib", "tensorflow", "keras")
    code = f"import sys, aecodec; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_nothing_loads_the_work_of_another_verb() -> None:
    code = (
        "import sys, aecodec; from aecodec import batch; aecodec.compress, batch.Reading; "
        "print([name for name in sys.modules if name.startswith('aecodec.batch.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = done.stdout
    assert "aecodec.batch.reading" in loaded
    assert "decompress" not in loaded and "verify" not in loaded


def test_a_digit_is_coded_without_what_other_images_need(tmp_path: Path) -> None:
    digit = next((ROOT / "examples" / "digits").rglob("*.png"))
    code = (
        "import sys; from aecodec.cli import program\n"
        "try: program.run()\nexcept SystemExit as ended: assert not ended.code\n"
        "slow = 'PIL', 'logging', 'aecodec.datasets', 'aecodec.integer.range_coder'\n"
        "print([name for name in slow if name in sys.modules])"
    )
    words = ["compress", str(digit), "-o", str(tmp_path / "x.aez")]
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
    assert (tmp_path / "x.aez").exists()
