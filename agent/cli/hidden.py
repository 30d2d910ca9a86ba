"""Lines typed or pasted where nothing is shown, the terminal silent from the first to the last.

Asking line by line would show, and lose, what is pasted between two questions.
"""

from __future__ import annotations

import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAST_LINE = "."
_END_OF_PEM = "-----END "
_LOCAL_MODES = 3


def hidden_lines(title: str) -> str:
    """Read lines from the terminal up to one with a dot, or to the last line of a PEM block.

    Raises ``click.Abort`` at Ctrl-C and at the end of the input.
    """
    lines: list[str] = []
    with silence():
        click.echo(f"{title} (hidden; end with a line that holds a dot):", err=True)
        while not lines or not lines[-1].startswith(_END_OF_PEM):
            line = _line()
            if line == _LAST_LINE:
                break
            lines.append(line)
    return "\n".join(lines)


def _line() -> str:
    try:
        read = sys.stdin.readline()
    except KeyboardInterrupt:
        read = ""
    if not read:
        raise click.Abort
    return read.rstrip("\r\n")


@contextmanager
def silence() -> Iterator[None]:
    """Show nothing of what is typed on the terminal until the block ends."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[_LOCAL_MODES] &= ~termios.ECHO
    # Not the variant that flushes: it would throw away what was pasted already.
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
