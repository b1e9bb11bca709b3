"""Several commands in one process: what reaches a storage takes its time to load."""

import json
import subprocess
import sys

_SCRIPT = """
import contextlib, io, json, shlex, sys
from aecodec.cli import main

for line in sys.argv[1:]:
    sys.argv = ["aecodec", *shlex.split(line)]
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, said.buffer.getvalue().decode()]))
"""


def commands(*lines: str) -> list[tuple[int, str]]:
    """Run calls of `aecodec`, written as in a shell; return their exit codes and what they say."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *lines], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for _, text in found:
        assert "Traceback" not in text, text
    return [(code, text) for code, text in found]


def complaint(line: str) -> tuple[int, str]:
    """Run one call; return its exit code and the one line that it says."""
    ((code, text),) = commands(line)
    (only,) = text.splitlines()
    assert only.startswith("aecodec: "), only
    return code, only
