"""Type into a field: plain text, or a field of a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import SlotUse, Step
from agent.steps.target import Target
from agent.steps.values import SecretUse, TextOrSecret

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle

    from agent.steps.context import StepContext


class Fill(Step):
    """Empty a field and type into it: plain text, or a secret, which only this step may type.

    A secret goes to exactly one visible element, and only if the page it is on, and every page
    around that, is on the secret's list.

    Example::

        {
            "type": "fill",
            "target": {"label": "Password"},
            "value": {"secret": "MANAGEMENT_LOGIN", "field": "password"}
        }
    """

    secrets_at: ClassVar[frozenset[tuple[str, ...]]] = frozenset({("value",)})

    type: Literal["fill"] = "fill"
    target: Target
    value: Annotated[TextOrSecret, Field(description="The text, or the secret's field, to type.")]

    def words(self) -> str:
        """Name the element and, for a secret, its slot and field; never the text."""
        if isinstance(self.value, SecretUse):
            return f"fill {self.target.words} with {self.value.words}"
        return f"fill {self.target.words}"

    def uses(self) -> tuple[SlotUse, ...]:
        """The slot a secret comes from."""
        if isinstance(self.value, SecretUse):
            return (SlotUse(self.value.secret, ("value", "secret"), field=self.value.field),)
        return ()

    async def act(self, context: StepContext) -> StepResult:
        """Type; a secret goes through the session's keyboard, which checks where it goes."""
        if isinstance(self.value, SecretUse):
            await self._type_secret(self.value, context)
        else:
            found = await self.target.pick(context.session.page, self.limit(context))
            await found.fill(self.value, timeout=self.limit(context))
        return StepResult()

    async def _type_secret(self, use: SecretUse, context: StepContext) -> None:
        handle = await self._only_visible(context)
        secret = context.session.secrets[use.secret]
        await context.session.keyboard.type_field(handle, secret, use.field)

    async def _only_visible(self, context: StepContext) -> ElementHandle:
        """Find the one visible element. Raises ``StepFailed`` when there is none or several."""
        found = await self.target.pick(context.session.page, self.limit(context))
        visible = found.filter(visible=True)
        await visible.first.wait_for(state="visible", timeout=self.limit(context))
        handles = await visible.element_handles()
        if len(handles) != 1:
            count = len(handles) or "no"
            raise StepFailed(
                f"{count} visible elements match {self.target.words}; a secret goes to exactly one",
                hint="make the target more exact, or pick one with nth",
            )
        return handles[0]
