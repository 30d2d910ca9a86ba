"""What every kind of step has in common."""

from __future__ import annotations

import inspect
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    Strict,
    ValidationError,
    model_validator,
)

from agent.errors import RunnerError, StepFailed
from agent.registry import Table
from agent.steps.retry import Retry
from agent.tasks.placeholders import paths_in
from agent.tasks.positions import Places
from agent.tasks.problems import problems_of
from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import Self

    from agent.steps.context import StepContext, StepResult
    from agent.tasks.paths import Scope
    from agent.vault.redactor import Redactor

# Loaded on the first step that runs: a task can be checked without loading Playwright.
_BORDER: Table[Callable[[Redactor], AbstractContextManager[None]]] = Table(
    "agent.browser", {"translated_errors": "translate:translated_errors"}
)
_MARKING: Table[Callable[[Any, Redactor], Any]] = Table(
    "agent.artifacts", {"scrubbed": "literal:scrubbed"}
)
_EXAMPLE = re.compile(r"\n\s*Example::")


@dataclass(frozen=True, slots=True)
class SlotUse:
    """A place where a step names a slot: ``at`` is the path of the name inside the step.

    ``field`` is what is asked of the secret, ``type`` the type it must have, ``address`` where
    the step is sure to use it; ``None`` where the step does not say. ``way`` is the kind of act.
    ``tries`` says that the step signs in with it and learns whether the password is right: one run
    at a time does that. ``keeps`` says that the session is kept for later runs.
    """

    slot: str
    at: tuple[str | int, ...]
    field: str | None = None
    type: str | None = None
    address: str | None = None
    way: Use = Use.FILL
    tries: bool = False
    keeps: bool = False


class Step(BaseModel, ABC):
    """One act of a task. A kind of step is a subclass with its own ``type``.

    ``title`` tells a person what it does and never holds a secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Paths inside the step where {"secret": …} may stand; anywhere else it is refused.
    secrets_at: ClassVar[frozenset[tuple[str, ...]]] = frozenset()

    # Keys at the top of the step: where no placeholder may stand, because the text is a script or a
    # name; and where one that is the whole text brings its value as it is, and not as text.
    fixed_at: ClassVar[frozenset[str]] = frozenset(
        {"type", "description", "save_as", "checkpoint", "once"}
    )
    values_at: ClassVar[frozenset[str]] = frozenset()

    # Keys under which other steps stand, in the order in which they are numbered; whether those are
    # done more than once, and whether those of one key exclude those of another.
    branch_keys: ClassVar[tuple[str, ...]] = ()
    loops: ClassVar[bool] = False
    excludes: ClassVar[bool] = False
    # Whether results of the steps inside stay there, whether a name may be saved under again, and
    # whether the page is given a script.
    keeps_results: ClassVar[bool] = False
    overwrites: ClassVar[bool] = False
    runs_script: ClassVar[bool] = False
    # Whether it may change the page from its beginning on. One that only looks does not; one that
    # looks first waits for ``session.settled`` by itself.
    changes_at_once: ClassVar[bool] = True

    _written: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _bodies: Mapping[str, tuple[Step, ...]] = PrivateAttr(default_factory=dict)

    type: str
    name: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="What the step is called in reports."),
    ] = None
    description: Annotated[
        str | None, Field(max_length=1000, description="A note for people; it is not read.")
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
        if self.retry is not None and not self.may_retry():
            raise ValueError('a step that uses a secret is not tried again: no "retry" here')
        return self

    def may_retry(self) -> bool:
        """Tell whether there is a failure of the step after which it may be tried again.

        A run decides by what went out: after a password no step is tried again.
        """
        return not self.uses()

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

    def visits(self) -> tuple[str, ...]:
        """List the addresses the step opens, beside those at which it uses a slot."""
        return ()

    def meant_for(self) -> tuple[tuple[str, str], ...]:
        """List slots with a site that a task inside this step names for them."""
        return ()

    def names(self) -> tuple[str, ...]:
        """List what the steps inside this one may name beside inputs and results."""
        return ()

    def refers(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """List the values this step looks up itself: where it names one, and its path."""
        return iter(())

    @property
    def bodies(self) -> Mapping[str, tuple[Step, ...]]:
        """The steps inside this one, by the key they stand under."""
        return self._bodies

    def every(self) -> Iterator[Step]:
        """Walk over this step and all inside it, in order."""
        yield self
        for body in self._bodies.values():
            for step in body:
                yield from step.every()

    def planned(self, written: Mapping[str, Any], bodies: Mapping[str, tuple[Step, ...]]) -> Self:
        """Remember the step as written, placeholders and all, and the steps inside it."""
        self._written, self._bodies = written, bodies
        return self

    def resolved(self, scope: Scope) -> Self:
        """Give the step with the values of a running run in it.

        Raises ``StepFailed`` for a value that is not there or does not fit.
        """
        apart = {*self.fixed(), *self.branch_keys}
        if not any(paths_in([v for key, v in self._written.items() if key not in apart])):
            return self
        written = scope.put_into_step(self._written, self.values_at, apart)
        try:
            fresh = type(self).model_validate(written)
        except ValidationError as error:
            _, said = next(problems_of(error, type(self), written, Places()))
            raise StepFailed(f"with its values put in, {said.path}: {said.message}") from None
        return fresh.planned(self._written, self._bodies)

    def needs_browser(self) -> bool:
        """Tell whether the step works in a page; a run without such a step opens no browser."""
        return True

    def saves(self) -> str | None:
        """Name the result this step leaves, if it leaves one."""
        return None

    async def run(self, context: StepContext) -> StepResult:
        """Do what the step says. Raises errors of ``agent.errors`` only, free of secrets."""
        context.session.step = self.title
        try:
            with self.border(context):
                result = await self.act(context)
        except RunnerError:
            if (lost := await context.session.loss()) is not None:
                raise lost from None
            raise
        saved = self.saves()
        if saved is not None:
            # A result goes wherever the task says: what repeats a secret is marked from here on.
            context.results[saved] = _MARKING["scrubbed"](result.value, context.secrets.redactor)
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
    def fixed(cls) -> frozenset[str]:
        """Name the keys in which no placeholder may stand."""
        return Step.fixed_at | cls.fixed_at

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
