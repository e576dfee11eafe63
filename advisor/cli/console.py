"""What the command line writes to: the terminal, or the user's files."""

import os
import sys
from pathlib import Path

from advisor.errors import InputError
from advisor.report.page import Page

WIDTH_WHEN_PIPED = 100


def page_for(file: Path | None) -> Page:
    """What the output can show: the terminal's width and colour, or plain columns."""
    from rich.console import Console

    if file is not None:
        return Page(width=WIDTH_WHEN_PIPED)
    console = Console(file=sys.stdout)
    width = console.width if console.is_terminal or "COLUMNS" in os.environ else WIDTH_WHEN_PIPED
    return Page(
        width=width,
        has_color=console.is_terminal and console.color_system is not None,
        has_unicode=console.encoding.startswith("utf"),
    )


def deliver(text: str, file: Path | None) -> None:
    """Write to `file`, whole or not at all, or show the text. Raises InputError."""
    if file is None:
        show(text)
        return
    from advisor.atomic import atomic_write

    atomic_write(file, text)


def append(text: str, file: Path) -> None:
    """Append to `file`, to which other steps of a build write too."""
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error


def show(text: str) -> None:
    """Write to stdout; a reader that went away (`| head`) is no failure of the check."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
    except OSError as error:
        _close_stdout()
        raise InputError(f"stdout: cannot be written: {error.strerror}") from error


def _close_stdout() -> None:
    """Let what is still buffered go nowhere, or Python would fail on it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(message: str) -> None:
    """Write an error to stderr, with whatever a file's names hold made visible."""
    from advisor.report.wording.visible import visible

    lines = (visible(line) for line in message.split("\n"))
    remark("advisor: " + "\n".join(lines) + "\n")


def remark(text: str) -> None:
    """Write to stderr as it is."""
    sys.stderr.write(text)
    sys.stderr.flush()


def explained(error: Exception) -> str:
    """What to say of a fault of ours; where ADVISOR_DEBUG is set it is raised instead."""
    if os.environ.get("ADVISOR_DEBUG"):
        raise error
    return (
        f"internal error: {type(error).__name__}: {error}; please report it, with the traceback "
        "that ADVISOR_DEBUG=1 shows"
    )
