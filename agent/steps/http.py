"""Ask a web service, with or without a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Strict,
    StringConstraints,
    Tag,
    model_validator,
)

from agent.errors import StepFailed
from agent.registry import Table
from agent.steps.beyond import Beyond, cleaned
from agent.steps.context import StepResult
from agent.steps.json_path import checked_path, look_up
from agent.steps.secret_uses import secrets_in, with_uses
from agent.steps.step import SlotUse
from agent.steps.values import Address, SecretUse, SlotName, Text, TextOrSecret
from agent.steps.web.methods import REPEATABLE
from agent.tasks.names import Name
from agent.vault.secret_type import TOKENS, Use

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from agent.steps.context import StepContext
    from agent.steps.web.answer import Answer

# The HTTP library takes as long to load as a small task takes to check.
_WEB: Table[Callable[[Http, StepContext], Awaitable[Answer]]] = Table(
    "agent.steps.web", {"carry_out": "carrying:carry_out"}
)

# RFC 9110 section 5.6.2: what the name of a header may be made of.
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_SIGNS_IN = frozenset({"authorization", "cookie"})
_SCHEMES = {
    "basic": "basic_auth",
    "bearer": "bearer_token",
    "oauth2": "oauth2_client_credentials",
}
# Sites count rejected passwords; tokens and keys are too long to be guessed.
_TRIED = "basic_auth"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError("not the name of a header")
    if name.lower() in _OURS:
        raise ValueError("this header is set by the runner alone")
    return name


def _of_fields(written: Any) -> Any:
    if isinstance(written, dict) and isinstance(written.get("secret"), str):
        raise ValueError("a secret may stand for one of the values, not for all of them")
    return written


def _and(keys: list[str]) -> str:
    return " and ".join(keys)


_HeaderName = Annotated[str, AfterValidator(_header_name)]
_Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Path = Annotated[str, AfterValidator(checked_path)]
# Not words a task could use as a key: pydantic puts them into the path of an error.
_ONE, _SEVERAL = "(path)", "(paths)"
_Wanted = Annotated[
    Annotated[_Path, Tag(_ONE)] | Annotated[dict[Name, _Path], Tag(_SEVERAL)],
    Discriminator(lambda written: _SEVERAL if isinstance(written, dict) else _ONE),
]
_Status = Annotated[int, Strict(), Field(ge=100, le=599)]


class Http(Beyond):
    """Send one request and keep what of its answer is asked for.

    A secret goes only to the origins of its list; with one, no redirect is followed.

    Example::

        {
            "type": "http",
            "url": "https://api.hotel.example/guests",
            "query": {"day": "2026-11-22"},
            "extract": "$.guests[*].name",
            "save_as": "names"
        }
    """

    secrets_at: ClassVar[frozenset[tuple[str, ...]]] = frozenset({("json",)})
    values_at: ClassVar[frozenset[str]] = frozenset({"json"})

    type: Literal["http"] = "http"
    method: Annotated[
        Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
        Field(description="The request's method."),
    ] = "GET"
    url: Address
    query: Annotated[
        dict[_Key, Text], Field(max_length=100, description="Parameters put behind the address.")
    ] = Field(default_factory=dict)
    headers: Annotated[
        dict[_HeaderName, TextOrSecret],
        BeforeValidator(_of_fields),
        Field(max_length=100, description="Headers: texts, or fields of a secret."),
    ] = Field(default_factory=dict)
    json_: Annotated[
        Any,
        AfterValidator(with_uses),
        Field(
            alias="json",
            description='The body, sent as JSON; {"secret": …, "field": …} anywhere in it.',
        ),
    ] = None
    form: Annotated[
        dict[_Key, TextOrSecret],
        BeforeValidator(_of_fields),
        Field(max_length=100, description="The body, sent as the fields of a form."),
    ] = Field(default_factory=dict)
    basic_auth: Annotated[
        SlotName | None, Field(description="A slot: its user name and password sign in.")
    ] = None
    bearer_token: Annotated[SlotName | None, Field(description="A slot: its token signs in.")] = (
        None
    )
    oauth2_client_credentials: Annotated[
        SlotName | None, Field(description="A slot: signs in with a token its issuer gives out.")
    ] = None
    api_key: Annotated[
        SlotName | None, Field(description="A slot: its key goes where its key_name says.")
    ] = None
    api_key_in: Annotated[
        Literal["header", "query"], Field(description="Whether key_name is a header or a parameter")
    ] = "header"
    cookies: Annotated[
        bool, Strict(), Field(description="Send the cookies the browser has for this address.")
    ] = False
    follow_redirects: Annotated[
        bool, Strict(), Field(description="Follow up to five redirects; never with a secret.")
    ] = False
    local: Annotated[
        bool,
        Strict(),
        Field(description="Allow an address of this machine or of a private network in url."),
    ] = False
    status: Annotated[
        tuple[_Status, ...],
        Field(max_length=50, description="The statuses that are right; any 2xx by default."),
    ] = ()
    extract: Annotated[
        _Wanted | None,
        Field(description="What of the answer is kept: a path like $.guests[*].name, or several."),
    ] = None
    save_as: Annotated[Name | None, Field(description="What the result is called.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for wrong, told in self._contradictions():
            if wrong:
                raise ValueError(told)
        return self

    def _contradictions(self) -> tuple[tuple[object, str], ...]:
        signing = [key for key in _SCHEMES.values() if getattr(self, key) is not None]
        names = {name.lower() for name in self.headers}
        plain = {n.lower() for n, text in self.headers.items() if not isinstance(text, SecretUse)}
        has_body = self.has_json or bool(self.form)
        return (
            (self.has_json and self.form, 'a body is either "json" or "form"'),
            (has_body and self.method in _BODILESS, f"{self.method} sends no body"),
            (len(signing) > 1, f"{_and(signing)} cannot both sign in"),
            (
                signing and "authorization" in names,
                f"{''.join(signing[:1])} sets Authorization itself",
            ),
            (
                any(not (text.isascii() and text.isprintable()) for text in self._texts()),
                "a header holds letters, digits and signs of ASCII only",
            ),
            (plain & _SIGNS_IN, "a header that signs in is made of a secret, not written here"),
            (self.cookies and "cookie" in names, '"cookies" sets the header Cookie itself'),
            (
                self.follow_redirects and (self.slots() or self.cookies),
                "a request with a secret or with cookies follows no redirect",
            ),
            (
                self.follow_redirects and self.method not in ("GET", "HEAD"),
                "only GET and HEAD follow a redirect",
            ),
            (
                self.retry and self.method not in REPEATABLE,
                f'{self.method} is not sent twice: no "retry" here',
            ),
            (self.extract is not None and self.save_as is None, '"extract" needs "save_as"'),
        )

    def _texts(self) -> list[str]:
        return [text for text in self.headers.values() if isinstance(text, str)]

    @property
    def has_json(self) -> bool:
        """Whether a JSON body is sent; ``null`` is one."""
        return "json_" in self.model_fields_set

    @classmethod
    def takes_secret_at(cls, path: tuple[str | int, ...]) -> bool:
        """A value of a header or of a form, or anything inside a JSON body."""
        return path[0] == "json" or (len(path) == 2 and path[0] in ("headers", "form"))

    def words(self) -> str:
        """Name method and address, without the query."""
        return f"{self.method} {self.url.partition('?')[0].partition('#')[0]}"

    def visits(self) -> tuple[str, ...]:
        """The address."""
        return (self.url,)

    def uses(self) -> tuple[SlotUse, ...]:
        """The slots that sign in, and those whose fields are sent."""
        whole = [
            SlotUse(slot, (key,), type=key, address=self.url, way=Use.HTTP, tries=key == _TRIED)
            for key in (*_SCHEMES.values(), "api_key")
            if (slot := getattr(self, key)) is not None
        ]
        written = {"headers": self.headers, "json": self.json_, "form": self.form}
        sent = [
            SlotUse(use.secret, (*at, "secret"), use.field, address=self.url, way=Use.HTTP)
            for at, use in secrets_in(written)
        ]
        return (*whole, *sent)

    def may_retry(self) -> bool:
        """With tokens and keys, which no server locks an account for, and with no password."""
        return all(use.type in TOKENS for use in self.uses())

    def slots(self) -> tuple[str, ...]:
        """The names of the slots, each once."""
        return tuple(dict.fromkeys(use.slot for use in self.uses()))

    def scheme(self, name: str) -> str | None:
        """Give the slot that signs in by ``basic``, ``bearer`` or ``oauth2``."""
        slot: str | None = getattr(self, _SCHEMES[name])
        return slot

    def needs_browser(self) -> bool:
        """Only for its cookies."""
        return self.cookies

    def saves(self) -> str | None:
        """The name what was kept is saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Send the request; the value is what of the answer was asked for, free of secrets."""
        answer = await _WEB["carry_out"](self, context)
        value = self._kept(answer) if self.save_as is not None else None
        return StepResult(value=cleaned(value, context.secrets.redactor))

    def _kept(self, answer: Answer) -> Any:
        if self.extract is None:
            return answer.content()
        content = answer.json()
        if isinstance(self.extract, str):
            return look_up(content, self.extract)
        found = {}
        for name, path in self.extract.items():
            try:
                found[name] = look_up(content, path)
            except StepFailed as error:
                raise StepFailed(f"{name}: {error.message}") from None
        return found
