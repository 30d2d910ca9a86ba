"""Tells people how a run goes on, one line per step."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.cli.hidden import silence
from agent.cli.results import MARKS
from agent.cli.speech import harmless, say

if TYPE_CHECKING:
    from agent.login.second_factor import Question
    from agent.runs.report import StepReport


@dataclass(slots=True)
class Progress:
    """A watcher that writes to standard error; ``run_id`` is known once the run began.

    ``no_input``: a step that failed does not wait for a person.
    """

    no_input: bool
    run_id: str | None = None

    def run_started(self, run_id: str, task: str) -> None:
        """Name the run."""
        self.run_id = run_id
        say(f"run {run_id}: {task}")

    def step_started(self, index: int, title: str) -> None:  # noqa: ARG002 - shown when it ended
        """Show the step that goes on, on a terminal, until its end is written over it."""
        if sys.stderr.isatty():
            sys.stderr.write(f"      {harmless(title)} …")
            sys.stderr.flush()

    def step_finished(self, step: StepReport) -> None:
        """Write the step's end and how long it took."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        outcome = "" if step.outcome == step.status else f"  {step.outcome}"
        mark = MARKS.get(step.status, "?")
        say(f"{mark} {step.at or step.index + 1:>2}  {step.title}{outcome}  {step.seconds:.2f} s")

    def notice(self, text: str) -> None:
        """Pass a notice on."""
        say(f"note: {text}")

    async def hand_over(self, message: str) -> bool:
        """Ask the person at the terminal; a closed input has nobody behind it."""
        if self.no_input or not sys.stdin.isatty():
            return False
        say(f"the browser is yours: {message}")
        say("press Enter to give it back")
        await _line_on_stdin()
        return True

    async def paused(self, index: int) -> None:
        """Wait for Enter, so that a person can look at the page; a closed input waits no more."""
        if self.no_input:
            return
        say(f"step {index + 1} failed and its page stays open: press Enter to close it")
        await _line_on_stdin()

    async def code_wanted(self, question: Question) -> str | None:
        """Ask for a one-time code where nothing is shown; None where nobody can be asked."""
        if self.no_input or not sys.stdin.isatty():
            return None
        if question.again:
            say("the site did not take that code")
        say(f"{question.site} asks for a one-time code ({question.slot}).")
        with silence():
            say("Code (hidden): ", newline=False)
            line = await _line_on_stdin()
        say("")
        return line.strip() or None


async def _line_on_stdin() -> str:
    loop, pressed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin.fileno(), pressed.set)
    except PermissionError:
        return ""  # a file or /dev/null: nobody will ever press Enter
    try:
        await pressed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
