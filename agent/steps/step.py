"""What every kind of step has in common."""

from __future__ import annotations

import inspect
import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.registry import Table
from agent.steps.retry import Retry
from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Self

    from agent.steps.context import StepContext, StepResult
    from agent.vault.redactor import Redactor

# Loaded on the first step that runs: a task can be checked without loading Playwright.
_BORDER: Table[Callable[[Redactor], AbstractContextManager[None]]] = Table(
    "agent.browser", {"translated_errors": "translate:translated_errors"}
)
_EXAMPLE = re.compile(r"\n\s*Example::")


@dataclass(frozen=True, slots=True)
class SlotUse:
    """A place where a step names a slot: ``at`` is the path of the name inside the step.

    ``field`` is what is asked of the secret, ``type`` the type it must have, ``address`` where
    the step is sure to use it; ``None`` where the step does not say. ``way`` is the kind of act.
    """

    slot: str
    at: tuple[str | int, ...]
    field: str | None = None
    type: str | None = None
    address: str | None = None
    way: Use = Use.FILL


class Step(BaseModel, ABC):
    """One act of a task. A kind of step is a subclass with its own ``type``.

    ``title`` tells a person what it does and never holds a secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Paths inside the step where {"secret": …} may stand; anywhere else it is refused.
    secrets_at: ClassVar[frozenset[tuple[str, ...]]] = frozenset()

    # Keys at the top of the step: where no placeholder may stand, because the text is a script or a
    # name; and where one that is the whole text brings its value as it is, and not as text.
    fixed_at: ClassVar[frozenset[str]] = frozenset({"type", "save_as", "checkpoint", "once"})
    values_at: ClassVar[frozenset[str]] = frozenset()
    retries_with_secrets: ClassVar[bool] = False

    type: str
    name: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="What the step is called in reports."),
    ] = None
    timeout: Annotated[
        float | None,
        Strict(),
        Field(gt=0, le=3600, description="How many seconds the step may wait."),
    ] = None
    retry: Annotated[Retry | None, Field(description="Try the step again when it fails.")] = None
    checkpoint: Annotated[
        bool,
        Strict(),
        Field(description="An interrupted run may go on from this step, signed in anew."),
    ] = False
    once: Annotated[
        bool, Strict(), Field(description="A run that goes on never does this step twice.")
    ] = False

    @model_validator(mode="after")
    def _tried_again_without_a_password(self) -> Self:
        if self.retry is not None and self.once:
            raise ValueError('"retry" and "once" contradict each other')
        if self.retry is not None and self.uses() and not self.retries_with_secrets:
            raise ValueError('a step that uses a secret is not tried again: no "retry" here')
        return self

    @property
    def title(self) -> str:
        """What the step does, in words for people."""
        return self.name or self.words()

    @abstractmethod
    def words(self) -> str:
        """Say what the step does, for a step that has no name of its own."""

    def uses(self) -> tuple[SlotUse, ...]:
        """List the slots this step uses."""
        return ()

    def needs_browser(self) -> bool:
        """Tell whether the step works in a page; a run without such a step opens no browser."""
        return True

    def saves(self) -> str | None:
        """Name the result this step leaves, if it leaves one."""
        return None

    async def run(self, context: StepContext) -> StepResult:
        """Do what the step says. Raises errors of ``agent.errors`` only, free of secrets."""
        context.session.step = self.title
        with self.border(context):
            result = await self.act(context)
        saved = self.saves()
        if saved is not None:
            context.results[saved] = result.value
        return result

    def border(self, context: StepContext) -> AbstractContextManager[None]:
        """Give the block in which foreign errors become ours."""
        return _BORDER["translated_errors"](context.secrets.redactor)

    @abstractmethod
    async def act(self, context: StepContext) -> StepResult:
        """Do what the step says; Playwright's own errors may come out of this."""

    def limit(self, context: StepContext) -> float:
        """Milliseconds this step may wait for the page."""
        return 1000 * (context.timeout if self.timeout is None else self.timeout)

    @classmethod
    def takes_secret_at(cls, path: tuple[str | int, ...]) -> bool:
        """Tell whether ``{"secret": …}`` may stand at this path of the step."""
        return path in cls.secrets_at

    @classmethod
    def purpose(cls) -> str:
        """What this kind is for: the docstring without its example."""
        return inspect.cleandoc(re.split(_EXAMPLE, cls.__doc__ or "")[0]).strip()

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Read the example of the docstring; every kind has one."""
        parts = re.split(_EXAMPLE, cls.__doc__ or "{}")
        found: dict[str, Any] = json.loads(parts[-1])
        return found
