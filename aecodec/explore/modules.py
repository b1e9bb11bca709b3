"""ES modules joined into one script, for a page that must load nothing.

Each module becomes a function that returns what it exports, so its other names stay its own. Only
the forms of import and export that our modules use are taken; any other is an error.
"""

import re
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)";$', re.MULTILINE)
REEXPORT = re.compile(r'^export \{([^}]*)\} from "(\.[^"]*)";$', re.MULTILINE)
EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b\*?\s*(\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def join_modules(folder: Traversable, entry: str) -> str:
    """Join a module and all that it imports into one script.

    Args:
        folder: What the paths of modules are relative to.
        entry: The path of the module to run.

    Returns:
        A script that needs no loader; it runs the modules in the order of their imports.

    Raises:
        ValueError: A module imports or exports in a form that is not taken, imports what is not
            exported, or imports itself by way of others.
    """
    joiner = _Joiner(folder)
    joiner.add(entry, ())
    return "\n".join(['"use strict";', "const modules = {};", *joiner.joined.values()])


class _Joiner:
    """The modules joined so far, by path, and what each exports."""

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder
        self.joined: dict[str, str] = {}
        self.exports: dict[str, set[str]] = {}

    def add(self, path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ValueError(f"{path} imports itself by way of {importers[-1]}")
        if path in self.joined:
            return
        found: dict[str, str] = {}  # what the module returns: names and their values

        def place_import(match: re.Match[str]) -> str:
            names, source = self._imported(match, path, importers)
            return f"const {{ {', '.join(names)} }} = modules[{source!r}];"

        def place_reexport(match: re.Match[str]) -> str:
            names, source = self._imported(match, path, importers)
            found.update({name: f"modules[{source!r}].{name}" for name in names})
            return ""

        def place_export(match: re.Match[str]) -> str:
            found.update({name: name for name in _names(match[1])})
            return ""

        text = self.folder.joinpath(path).read_text("utf-8")
        text = REEXPORT.sub(place_reexport, IMPORT.sub(place_import, text))
        text = EXPORT.sub(place_export, EXPORT_LIST.sub(place_export, text))
        if other := OTHER.search(text):
            raise ValueError(f"{path}: this form is not joined: {other[0]}")
        self.exports[path] = set(found)
        result = ", ".join(f"{name}: {value}" for name, value in sorted(found.items()))
        parts = (f"modules[{path!r}] = (() => {{", text.strip(), f"return {{ {result} }};", "})();")
        self.joined[path] = "\n".join(parts)

    def _imported(
        self, match: re.Match[str], path: str, importers: tuple[str, ...]
    ) -> tuple[list[str], str]:
        names, source = _names(match[1]), _resolve(path, match[2])
        self.add(source, (*importers, path))
        if missing := set(names) - self.exports[source]:
            raise ValueError(f"{path}: {source} does not export {', '.join(sorted(missing))}")
        return names, source


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if other := [name for name in names if not name.isidentifier()]:
        raise ValueError(f"only plain names are joined, not {other[0]!r}")
    return names


def _resolve(importer: str, source: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / source).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
