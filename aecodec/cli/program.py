"""The program: its commands, added when they are wanted, and what becomes of their errors."""

import errno
import io
import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from aecodec import pillow, threads

threads.prefer_one_thread()

import typer  # noqa: E402 - after the environment that NumPy reads

from aecodec.cli import interrupts, options  # noqa: E402
from aecodec.errors import AecodecError, InvalidArgumentError  # noqa: E402

PROGRAM = "aecodec"
COMPLETE_VARIABLE = "_AECODEC_COMPLETE"  # what a shell sets that asks for completions

app = typer.Typer(
    name=PROGRAM,
    help="A file codec for 28x28 greyscale images, built on trained auto-encoders.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
WRONG_USAGE = 2
COMMANDS = (
    "compress",
    "decompress",
    "list",
    "info",
    "verify",
    "append",
    "join",
    "split",
    "bench",
    "models",
    "train",
    "explore",
)


def add_commands(wanted: str) -> None:
    """Add the command that is wanted; all where it is none of them. Each takes time to add."""
    for name in [wanted] if wanted in COMMANDS else COMMANDS:
        module = import_module(f"aecodec.cli.{name}")
        if hasattr(module, "app"):
            for command in module.app.registered_commands:
                command.callback = _working(command.callback)
            app.add_typer(module.app, name=name)
        else:
            app.command()(_working(getattr(module, name)))


def _working(command: Callable[..., None]) -> Callable[..., None]:
    """Let signals raise KeyboardInterrupt while a command works, and only then."""

    @wraps(command)
    def work(*args: Any, **kwargs: Any) -> None:
        try:
            interrupts.raise_interrupts()
            command(*args, **kwargs)
        finally:
            interrupts.end_at_once()

    return work


def _version(shown: bool) -> None:
    if shown:
        from importlib.metadata import version

        print("aecodec", version("aecodec"))
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "-V", "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def _replace_closed_streams() -> None:
    """Put in the place of standard streams that are closed (`>&-`) some that fail when used.

    Python has None there, and the next file opened would take the number. Opened the wrong way
    round, input and output fail only where something is read or written; messages are let go.
    """
    for name, flags, mode in (
        ("stdin", os.O_WRONLY, "r"),
        ("stdout", os.O_RDONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, flags)
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8", errors="backslashreplace"))


def _escape_what_cannot_be_printed() -> None:
    """Let a name that the locale has no characters for be printed with escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def run() -> None:
    """Run the command line (see `cli.main`)."""
    _replace_closed_streams()
    _escape_what_cannot_be_printed()
    pillow.hush()
    completing = COMPLETE_VARIABLE in os.environ
    add_commands("" if completing else next(iter(sys.argv[1:]), ""))
    try:
        try:
            app(prog_name=PROGRAM)
        finally:
            sys.stdout.flush()  # a full disk is told here, not after the exit code is settled
    except InvalidArgumentError as error:
        fail(str(error), WRONG_USAGE)
    except AecodecError as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("interrupted", interrupts.INTERRUPTED)
    except SystemExit as ended:
        if ended.code == interrupts.INTERRUPTED:  # what Typer makes of it, without a word
            fail("interrupted", interrupts.INTERRUPTED)
        raise
    except BrokenPipeError:
        _abandon_output()
        sys.exit(1)
    except OSError as error:
        _abandon_output()
        closed = error.errno == errno.EBADF and error.filename is None
        stream = "standard input or output"
        if closed:
            fail(f"{stream} is closed.")
        fail(str(AecodecError(error.strerror or str(error), error.filename or stream)))
    except MemoryError:
        fail("out of memory")


def _abandon_output() -> None:
    """Let what standard output could not take go, or Python would try once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str, code: int = 1) -> None:
    """Print one error and exit."""
    options.say(f"aecodec: {message}")
    sys.exit(code)
