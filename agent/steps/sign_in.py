"""Sign in with the secret of a slot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.registry import Table
from agent.steps.context import Plea, StepResult
from agent.steps.step import SlotUse, Step
from agent.steps.target import Target
from agent.steps.values import Address, NonEmpty, SlotName

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from agent.steps.context import StepContext

_LOGIN: Table[Any] = Table(
    "agent.login",
    {
        "sign_in": "sign_in:sign_in",
        "is_signed_in": "sign_in:is_signed_in",
        "Account": "account:Account",
        "CodeSource": "account:CodeSource",
        "Wish": "sign_in:Wish",
    },
)
REUSED = "session_reused"
"""How a sign-in ended that was not needed."""
_WAIT = 180.0
_ADDRESS = r"^[^\s@<>,]*@[^\s@<>,]+\.[^\s@<>,]+$"


class Codes(BaseModel):
    """Where one-time codes come from that the secret does not make itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[
        Literal["imap", "webhook", "operator"],
        Field(
            alias="from",
            description="imap: a mail in the mailbox of slot; webhook: pushed with runner runs "
            "code; operator: asked of the person at the terminal.",
        ),
    ]
    slot: Annotated[
        SlotName | None, Field(description="The slot of the mailbox, of type mailbox.")
    ] = None
    sender: Annotated[
        str | None,
        Field(
            max_length=320,
            pattern=_ADDRESS,
            description="Whom the mail is from: an address, or @domain for every one of it.",
        ),
    ] = None
    subject: Annotated[NonEmpty | None, Field(description="A part of the mail's subject.")] = None
    wait: Annotated[
        float,
        Strict(),
        Field(gt=0, le=3600, description="How many seconds a code is waited for; 180 by default."),
    ] = _WAIT

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for_mail = {"slot": self.slot, "sender": self.sender, "subject": self.subject}
        if self.source == "imap":
            missing = [key for key in ("slot", "sender") if for_mail[key] is None]
            if missing:
                raise ValueError(f'codes from "imap" need {" and ".join(missing)}')
        else:
            given = [key for key, value in for_mail.items() if value is not None]
            if given:
                raise ValueError(f'"{given[0]}" goes with codes from "imap" only')
        return self


class SignIn(Step):
    """Sign in with a slot of type login: user name, password and one-time code as the site asks.

    Starts at ``url``, or on the page as it is. ``expect`` names something only a signed-in person
    sees; without it, the login decides by itself whether it got in.

    Example::

        {"type": "sign_in", "slot": "MANAGEMENT_LOGIN", "url": "https://hotel.example/login"}
    """

    changes_at_once = False

    type: Literal["sign_in"] = "sign_in"
    slot: Annotated[SlotName, Field(description="The slot whose secret is used.")]
    url: Address | None = None
    via: Annotated[
        NonEmpty | None,
        Field(description="The provider to sign in with, by the name its button shows."),
    ] = None
    expect: Annotated[
        Target | None, Field(description="Something that is visible once signed in.")
    ] = None
    codes: Annotated[
        Codes | None, Field(description="Where codes come from that the secret does not make.")
    ] = None
    trust_device: Annotated[
        bool,
        Strict(),
        Field(description="Tick the box that has the site ask for no code next time."),
    ] = False

    accept_terms: Annotated[
        bool,
        Strict(),
        Field(description="Accept new terms that the site asks for before it lets anyone on."),
    ] = False

    wait_for_person: Annotated[
        float | None,
        Strict(),
        Field(
            gt=0,
            le=86_400,
            description="How many seconds a person is waited for where the site asks for what only "
            "a person can do: a captcha, a prompt on a telephone. Without it the sign-in ends.",
        ),
    ] = None

    session: Annotated[
        Literal["fresh", "keep"],
        Field(
            description="keep: go on with the session of an earlier run while the site takes it, "
            "and keep this one, sealed in the vault. fresh: sign in each time."
        ),
    ] = "fresh"

    def words(self) -> str:
        """Name the slot, never the user."""
        return f"sign in as {self.slot}"

    def uses(self) -> tuple[SlotUse, ...]:
        """The slot, which must be a login; at ``url`` if the step starts there. The mailbox."""
        login = SlotUse(
            self.slot,
            ("slot",),
            type="login",
            address=self.url,
            tries=True,
            keeps=self.session == "keep",
        )
        if self.codes is None or self.codes.slot is None:
            return (login,)
        return (login, SlotUse(self.codes.slot, ("codes", "slot"), type="mailbox"))

    async def act(self, context: StepContext) -> StepResult:
        """Sign in; the outcome is the login's own word for how it went."""
        session, logins = context.session, context.logins if self.session == "keep" else None
        account = _LOGIN["Account"](session.secrets[self.slot], self._source(context))
        wish, start, url = self._wish(context), self.url or session.page.url, self.url
        if logins is not None:
            await session.settled()
            holds = partial(_LOGIN["is_signed_in"], session, account, url=start, wish=wish)
            wipes = not self.trust_device
            held = await logins.resumed(session, self.slot, start, holds, wipes=wipes)
            if held:
                return StepResult(REUSED)
            url = self.url if held is None else start
        try:
            async with account.ready(self.title):
                signed_in = await _LOGIN["sign_in"](
                    session, account, url=url, after_move=context.after_move, wish=wish
                )
        finally:
            if account.waited:
                context.waited(account.waited)
        if logins is not None:
            await logins.signed_in(session, self.slot, start)
        return StepResult(signed_in.outcome.value)

    def _wish(self, context: StepContext) -> Any:
        # Without a time of its own the step has the login's, which is longer than other steps'.
        own = {} if self.timeout is None else {"timeout": self.timeout}
        return _LOGIN["Wish"](
            via=self.via or "",
            proof=None if self.expect is None else self._proof(context),
            trust_device=self.trust_device,
            accept_terms=self.accept_terms,
            notice=context.notice,
            story=context.tell,
            person=self._person(context),
            **own,
        )

    def _person(self, context: StepContext) -> Any:
        """Give the way to ask a person, where one may be asked."""
        seconds = self.wait_for_person or context.wait_for_person
        if seconds is None:
            return None

        async def asked(why: str, message: str, went_on: Callable[[], Awaitable[bool]]) -> bool:
            plea = Plea(why, message, seconds, went_on, pictures=True)
            return (await context.hand_over(plea)).came

        return asked

    def _proof(self, context: StepContext) -> Callable[[], Awaitable[bool]]:
        """Look once, without waiting, for what only a signed-in person sees."""

        async def proved() -> bool:
            if self.expect is None:
                return False
            return bool(await self.expect.locate(context.session.page).first.is_visible())

        return proved

    def _source(self, context: StepContext) -> Any:
        codes = self.codes
        if codes is None or context.desk is None:
            return None
        return _LOGIN["CodeSource"](
            codes.source,
            context.desk,
            wait=codes.wait,
            secret=_secret(context, codes.slot),
            sender=codes.sender or "",
            subject=codes.subject or "",
        )


def _secret(context: StepContext, slot: str | None) -> Any:
    return None if slot is None else context.session.secrets[slot]
