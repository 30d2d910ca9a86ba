"""Sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from agent.errors import StepFailed
from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import Address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from playwright.async_api import ElementHandle, Locator

    from agent.steps.context import StepContext

_WORDS: Table[Any] = Table("agent.login", {"vocabulary": "words:vocabulary"})
_GONE: Table[Callable[[ElementHandle, float], Awaitable[None]]] = Table(
    "agent.steps", {"gone": "vanishing:gone"}
)
_BUTTONS = "a[href], button, [role=button], [role=link], [role=menuitem], input[type=submit]"
_NAMES = """(found) => found.map((one) => [
    one.innerText ?? "", one.value ?? "", one.getAttribute("aria-label") ?? "", one.title ?? "",
].map(String))"""


class SignOut(Step):
    """Sign out of the site: by a link or button that says so, by ``target``, or at ``url``.

    It has worked once ``expect`` is visible, or without it once the link or button is gone.

    Example::

        {"type": "sign_out", "expect": {"role": "heading", "name": "Sign in"}}
    """

    type: Literal["sign_out"] = "sign_out"
    target: Target | None = None
    url: Address | None = None
    expect: Annotated[
        Target | None, Field(description="Something that is visible once signed out.")
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.target is not None and self.url is not None:
            raise ValueError("needs at most one of target, url")
        if self.url is not None and self.expect is None:
            raise ValueError('"url" needs "expect": what is visible once signed out')
        return self

    def words(self) -> str:
        """Say how."""
        if self.target is not None:
            return f"sign out with {self.target.words}"
        return "sign out" if self.url is None else f"sign out at {self.url.partition('?')[0]}"

    def visits(self) -> tuple[str, ...]:
        """The address, where there is one."""
        return () if self.url is None else (self.url,)

    async def act(self, context: StepContext) -> StepResult:
        """Sign out. Raises ``StepFailed`` where nothing on the page says how."""
        page, limit = context.session.page, self.limit(context)
        if self.url is not None:
            await page.goto(self.url, timeout=limit)
        else:
            await self._click(context)
        if self.expect is not None:
            await self.expect.locate(page).first.wait_for(state="visible", timeout=limit)
        if context.logins is not None:
            await context.logins.signed_out()
        return StepResult()

    async def _click(self, context: StepContext) -> None:
        """Click, and where nothing else says that it worked wait until the element is gone."""
        limit = self.limit(context)
        control = await (await self._control(context)).element_handle(timeout=limit)
        await control.click(timeout=limit)
        if self.expect is None:
            await _GONE["gone"](control, limit)

    async def _control(self, context: StepContext) -> Locator:
        page, limit = context.session.page, self.limit(context)
        if self.target is not None:
            return await self.target.pick(page, limit)
        buttons = page.locator(f"css={_BUTTONS}").filter(visible=True)
        await buttons.first.wait_for(state="visible", timeout=limit)
        for place, names in enumerate(await buttons.evaluate_all(_NAMES)):
            if "sign_out" in _WORDS["vocabulary"]().kinds(*names):
                return buttons.nth(place)
        raise StepFailed(
            "nothing visible on the page says that it signs out",
            hint='open the menu it is in first, or name it: "target"',
        )
