"""The Debian packages that the mixture is made from: which, what for, how they come here."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("packages.txt")


@dataclass(frozen=True)
class Package:
    """A package of Debian that a sort of images is made from.

    Attributes:
        name: Debian's name.
        version: The version that the shipped models were trained with.
        sort: The sort of images, a key of `SORTS`.
        held_out: Whether its images are for validation only.
    """

    name: str
    version: str
    sort: str
    held_out: bool


def listed() -> list[Package]:
    """The packages, in the order of the list."""
    rows = (line.split() for line in LIST.read_text().splitlines() if line[:1] not in ("", "#"))
    return [Package(name, version, sort, use == "validation") for name, version, sort, use in rows]


def unpack(package: Package, folder: Path) -> Path:
    """Download a package by apt-get and unpack it below a folder, unless it is there.

    Where Debian no longer offers its version, the one that it offers is taken, with a warning.
    """
    target = folder / package.name
    if not target.exists():
        if not _download(f"{package.name}={package.version}", folder):
            print(
                f"warning: {package.name} {package.version} is not offered; took the version that"
                " is, whose images may differ",
                file=sys.stderr,
            )
            if not _download(package.name, folder):
                raise SystemExit(f"apt-get does not offer the package {package.name}")
        (archive,) = folder.glob(f"{package.name}_*.deb")
        partial = target.with_suffix(".part")
        subprocess.run(["dpkg-deb", "-x", archive, partial], check=True)  # noqa: S607 # as PATH has it
        partial.rename(target)
        archive.unlink()
    return target


def _download(named: str, folder: Path) -> bool:
    command = ["apt-get", "download", "-q", named]
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


def licences(package: str, folder: Path) -> str:
    """The licences that a package's copyright file names."""
    path = folder / package / "usr/share/doc" / package / "copyright"
    if not path.is_file():
        return "see its copyright file"
    text = path.read_text("utf-8", "replace")
    named = re.findall(r"^License:[ \t]*(\S[^\n]*)$", text, re.MULTILINE)
    return ", ".join(sorted(set(named))) or "see its copyright file"
