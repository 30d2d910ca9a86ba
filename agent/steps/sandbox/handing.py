"""Carries one code step out: finds the code, hands values over, and cleans what comes back."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Final

from agent.artifacts.archive import write_private
from agent.errors import NotAllowed, StepFailed
from agent.steps.sandbox.cleaning import clean_result, clean_text
from agent.steps.sandbox.running import Job, run
from agent.steps.sent import beside_the_task
from agent.vault.reveal import reveal_to_code

if TYPE_CHECKING:
    from agent.steps.code import Code
    from agent.steps.context import StepContext

LARGEST_SOURCE: Final = 256 * 1024
_SHOWN: Final = 300


async def carry_out(step: Code, context: StepContext) -> Any:
    """Run the code and give its result, free of secrets; what it printed is kept as a file.

    Raises ``NotAllowed`` where the run may not bring code, and all that ``run`` raises. Each value
    is released, with a row of the audit trail, when the child's walls stand.
    """
    if not context.allow_code:
        raise NotAllowed(
            "this run may not bring code of its own",
            hint="deploy the task, or run it here yourself with --allow-code",
        )
    source = _source(step, context)

    async def values() -> dict[str, Any]:
        secrets = {}
        for name, use in step.secrets.items():
            secret = context.secrets[use.secret]
            secrets[name] = await asyncio.to_thread(reveal_to_code, secret, use.field, step.title)
        return {"inputs": step.inputs, "secrets": secrets}

    place = context.folder.sub("code")
    number = len(list(place.iterdir()))
    folder = place / f"{number:04d}"
    folder.mkdir(mode=0o700)
    seconds = step.limit(context) / 1000
    job = Job(source, step.function, folder, step.memory * 1024 * 1024, seconds)
    outcome = await run(job, values)
    _keep(outcome.printed, context, number)
    if "failed" in outcome.answer:
        raise _failure(outcome.answer, context)
    return clean_result(outcome.answer.get("value"), context.secrets)


def _source(step: Code, context: StepContext) -> str:
    if step.source is not None:
        return step.text
    path = beside_the_task(step.file or "", context)
    if not path.is_file():
        raise StepFailed(f"the file {step.file} is not in the task's folder")
    content = path.read_bytes()
    if len(content) > LARGEST_SOURCE:
        raise StepFailed(f"the file {step.file} is larger than {LARGEST_SOURCE} bytes")
    if step.sha256 is not None and hashlib.sha256(content).hexdigest() != step.sha256:
        raise StepFailed(
            f"the file {step.file} is not the one the task means: its SHA-256 is another",
            hint="if it was changed on purpose, write the new sha256 into the task",
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise StepFailed(f"the file {step.file} is not UTF-8") from None


def _keep(printed: bytes, context: StepContext, number: int) -> None:
    """Put what was printed to what the run leaves, where it is cleaned and looked at again."""
    if printed:
        place = context.folder.sub("printed") / f"{number:04d}.txt"
        write_private(place, clean_text(printed, context.secrets).encode())
        context.keep_file("download", place, f"printed-{number + 1}.txt")


def _failure(answer: dict[str, Any], context: StepContext) -> StepFailed:
    said = " ".join(clean_text(str(answer["failed"]).encode(), context.secrets).split())
    line = answer.get("line")
    where = f" in line {line}" if isinstance(line, int) and line > 0 else ""
    if said == "MemoryError":
        said = "it needs more memory than it may have"
    return StepFailed(
        f"the code failed{where}: {said[:_SHOWN]}",
        hint="what it printed is among what the run leaves",
    )
