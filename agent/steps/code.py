"""Compute something in Python, behind walls."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from agent.registry import Table
from agent.steps.beyond import Beyond
from agent.steps.context import StepResult
from agent.steps.sent import Sent
from agent.steps.step import SlotUse
from agent.steps.values import SecretUse, shown
from agent.tasks.names import Name
from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from agent.steps.context import StepContext

_SANDBOX: Table[Callable[[Code, StepContext], Awaitable[Any]]] = Table(
    "agent.steps.sandbox", {"carry_out": "handing:carry_out"}
)
_Line = Annotated[str, StringConstraints(max_length=10_000)]


def _beside(written: str) -> str:
    Sent(path=written)
    return written


def _no_code(use: SecretUse) -> SecretUse:
    if use.field == "totp":
        raise ValueError("a one-time code is typed into a page and goes nowhere else")
    return use


class Code(Beyond):
    """Run a Python function in a process of its own that can read and write next to nothing.

    It is called with two dicts, ``inputs`` and ``secrets``, and what it returns is the result. It
    has no network, no other process and no file but those of its own empty folder. Such a step runs
    only in a deployment, or with --allow-code.

    Example::

        {
            "type": "code",
            "source": [
                "def main(inputs, secrets):",
                "    return sorted(inputs['rooms'])"
            ],
            "inputs": {"rooms": ["12", "7"]},
            "save_as": "rooms"
        }
    """

    values_at: ClassVar[frozenset[str]] = frozenset({"inputs"})
    fixed_at: ClassVar[frozenset[str]] = frozenset({"source", "file", "function", "sha256"})

    type: Literal["code"] = "code"
    source: Annotated[
        str | tuple[_Line, ...] | None,
        Field(max_length=100_000, description="The code: one text, or its lines."),
    ] = None
    file: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=500),
        AfterValidator(lambda written: written if written is None else _beside(written)),
        Field(description="A Python file in the task's folder or below it."),
    ] = None
    sha256: Annotated[
        str | None,
        Field(pattern="^[0-9a-f]{64}$", description="What the file's SHA-256 is, to be deployed."),
    ] = None
    function: Annotated[Name, Field(description="Which function of it is called.")] = "main"
    inputs: Annotated[
        dict[Name, Any], Field(max_length=100, description="Values it is given, by name.")
    ] = Field(default_factory=dict)
    secrets: Annotated[
        dict[Name, Annotated[SecretUse, AfterValidator(_no_code)]],
        Field(max_length=20, description="Fields of secrets it is given, by name."),
    ] = Field(default_factory=dict)
    memory: Annotated[
        int, Strict(), Field(ge=64, le=4096, description="How many MiB of memory it may take.")
    ] = 512
    save_as: Annotated[Name | None, Field(description="What the result is called.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.source is None) == (self.file is None):
            raise ValueError("needs exactly one of source, file")
        if self.sha256 is not None and self.file is None:
            raise ValueError('"sha256" goes with "file" only')
        if self.source is not None:
            _check_source(self.text, self.function)
        return self

    @property
    def text(self) -> str:
        """The code as one text, if it stands in the task."""
        if self.source is None:
            return ""
        return self.source if isinstance(self.source, str) else "\n".join(self.source) + "\n"

    @classmethod
    def takes_secret_at(cls, path: tuple[str | int, ...]) -> bool:
        """One of the named secrets."""
        return len(path) == 2 and path[0] == "secrets"

    def words(self) -> str:
        """Name the file, or say that it is the task's own code; and the secrets it gets."""
        which = f"the code in {shown(self.file)}" if self.file else "the task's code"
        given = ", ".join(use.words for use in self.secrets.values())
        return f"run {which} with {given}" if given else f"run {which}"

    def uses(self) -> tuple[SlotUse, ...]:
        """The slots whose fields the code gets."""
        return tuple(
            SlotUse(use.secret, ("secrets", name, "secret"), use.field, way=Use.CODE)
            for name, use in self.secrets.items()
        )

    def saves(self) -> str | None:
        """The name the result is saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Run it; the value is what the function returned, free of secrets."""
        return StepResult(value=await _SANDBOX["carry_out"](self, context))


def _check_source(text: str, function: str) -> None:
    """Refuse code that is no Python, or has no such function, before anything runs."""
    try:
        with warnings.catch_warnings():
            # Of style; a person sees them when the code runs.
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise ValueError(f"the code is not Python: line {line or 1}") from None
    if not any(isinstance(one, ast.FunctionDef) and one.name == function for one in body):
        raise ValueError(f"the code has no function {function}(inputs, secrets)")
