"""Sign in with the secret of a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import SlotUse, Step
from agent.steps.target import Target
from agent.steps.values import Address, SlotName

if TYPE_CHECKING:
    from agent.steps.context import StepContext

_LOGIN: Table[Any] = Table(
    "agent.login", {"sign_in": "sign_in:sign_in", "Account": "account:Account"}
)


class SignIn(Step):
    """Sign in with a slot of type login: user name, password and one-time code as the site asks.

    Starts at ``url``, or on the page as it is. ``expect`` names something only a signed-in person
    sees; without it, the login decides by itself whether it got in.

    Example::

        {"type": "sign_in", "slot": "MANAGEMENT_LOGIN", "url": "https://hotel.example/login"}
    """

    type: Literal["sign_in"] = "sign_in"
    slot: Annotated[SlotName, Field(description="The slot whose secret is used.")]
    url: Address | None = None
    expect: Annotated[
        Target | None, Field(description="Something that is visible once signed in.")
    ] = None

    def words(self) -> str:
        """Name the slot, never the user."""
        return f"sign in as {self.slot}"

    def uses(self) -> tuple[SlotUse, ...]:
        """The slot, which must be a login; at ``url`` if the step starts there."""
        return (SlotUse(self.slot, ("slot",), type="login", address=self.url, tries=True),)

    async def act(self, context: StepContext) -> StepResult:
        """Sign in; the outcome is the login's own word for how it went."""
        session = context.session
        account = _LOGIN["Account"](session.secrets[self.slot])
        # Without a time of its own the step has the login's, which is longer than other steps'.
        own = {} if self.timeout is None else {"timeout": self.timeout}
        signed_in = await _LOGIN["sign_in"](
            session, account, url=self.url, after_move=context.after_move, **own
        )
        if self.expect is not None:
            seen = self.expect.locate(session.page).first
            await seen.wait_for(state="visible", timeout=self.limit(context))
        return StepResult(signed_in.outcome.value)
