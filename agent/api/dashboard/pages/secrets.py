"""The table of secrets, and making one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import own_path, page, see
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.errors import RunnerError, UsageError
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.policy import RESTRICTED, TEST, Action
from agent.vault.providers import LOCAL, PROVIDERS
from agent.vault.qr import read_content
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.sourcing.contents import Source

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard

router = APIRouter(prefix="/secrets")

MODES: Final = (
    (TEST, "test: for trying things; test runs use it"),
    ("live", "live: the real thing; only live runs use it"),
)
VISIBILITIES: Final = (
    (RESTRICTED, "restricted: nobody is ever shown a value"),
    ("masked", "masked: shown for 30 seconds, after your password was entered again"),
)
_SOURCES: Final = {
    LOCAL: "here, sealed in the vault",
    "aws_secrets_manager": "AWS Secrets Manager",
    "onepassword": "1Password",
    "bitwarden": "Bitwarden",
    "env": "a variable of the server",
    "file": "a file of the server",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One secret of the table."""

    card: SecretCard
    last_used: str | None
    frozen: bool


@dataclass(frozen=True, slots=True)
class Wished:
    """What was typed and may come back: nothing of it is a value."""

    name: str = ""
    origins: str = ""
    reference: str = field(default="", repr=False)
    mode: str = TEST
    visibility: str = RESTRICTED


@router.get("", **door(Action.SEE))
def secrets(
    request: Request, asked: Asked, q: Annotated[str, Query(max_length=120)] = ""
) -> Response:
    """Show the secrets by name; ``q`` looks in names, types and sites."""
    cards = [card for card in asked.runner.secrets() if _has(card, q.casefold())]
    safety = asked.runner.safety
    used = safety.last_used(cards)
    lines = [Line(card, used.get(card.id), bool(safety.freezes(card))) for card in cards]
    may_create = may(asked, Action.CREATE)
    return page(request, "secrets.html", asked, lines=lines, q=q, may_create=may_create)


@router.get("/new", **door(Action.CREATE))
def new_page(
    request: Request,
    asked: Asked,
    kind: Annotated[str, Query(alias="type")] = "login",
    source: str = LOCAL,
    to: Annotated[str, Query(alias="next")] = "",
) -> Response:
    """Ask for a new secret's values.

    With ``slot`` it is for that slot of the task at ``next``, and ``origins`` are where that goes.
    """
    slot, origins = (request.query_params.get(name, "") for name in ("slot", "origins"))
    chosen = Chosen(kind, source, to, slot[:120])
    return _form(request, asked, chosen, Wished(origins=origins[:2000]))


@router.post("/new", **door(Action.CREATE))
def new(request: Request, asked: Asked, form: Sent) -> Response:
    """Keep a new secret."""
    chosen = Chosen(form.one("type"), form.one("source"), form.one("next"), form.one("slot"))
    try:
        kept = read_source(form)
        wish = NewSecret(
            form.one("name"),
            chosen.kind,
            read_fields(form, chosen.kind) if kept is None else {},
            OriginPolicy.parse(form.lines("origins")),
            form.one("mode") or TEST,
            form.one("visibility") or RESTRICTED,
            kept or Source(),
        )
        card = asked.runner.keep(wish)
    except RunnerError as error:
        said = Said(form.without_values(error.message), form.without_values(error.hint), "bad")
        given = Wished(
            form.one("name"),
            form.one("origins"),
            form.one("reference"),
            form.one("mode") or TEST,
            form.one("visibility") or RESTRICTED,
        )
        return _form(request, asked, chosen, given, said)
    to = own_path(chosen.to, "")
    if to and chosen.slot:
        return _for_slot(request, asked, card, f"{to}?slot-{quote(chosen.slot)}={card.id}", chosen)
    return see(to or f"/secrets/{card.id}", "stored")


def _for_slot(
    request: Request, asked: Asking, card: SecretCard, back: str, chosen: Chosen
) -> Response:
    """Lead back to the dialog that asked for a secret, with the new one chosen.

    The dialog is there below the panel alone, and not where the form is a page by itself.
    """
    around = urlsplit(request.headers.get("hx-current-url", "")).path
    if around in ("", request.url.path):
        return see(f"{back}&open=run-dialog")
    given = {"card": card, "slot": chosen.slot, "back": back}
    return page(request, "secret_for_slot.html", asked, **given)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which form is shown: the type, the source, and where the way leads afterwards."""

    kind: str
    source: str
    to: str
    slot: str = ""


def _form(
    request: Request, asked: Asking, chosen: Chosen, wished: Wished, said: Said | None = None
) -> Response:
    """Show the form of one type; its values are always empty."""
    kind = SECRET_TYPES[chosen.kind if chosen.kind in SECRET_TYPES else "login"]
    given: dict[str, Any] = {"said": said, "status": 422} if said else {}
    return page(
        request,
        "secret_new.html",
        asked,
        title="New secret",
        types=list(SECRET_TYPES),
        kind=kind,
        sources=sources(),
        source=chosen.source if chosen.source in PROVIDERS else LOCAL,
        next=own_path(chosen.to, ""),
        slot=chosen.slot,
        given=wished,
        modes=MODES,
        visibilities=VISIBILITIES,
        **given,
    )


def sources() -> list[tuple[str, str]]:
    """List where values can be kept, in words."""
    return [(name, _SOURCES.get(name, name.replace("_", " "))) for name in PROVIDERS]


def read_source(form: Form) -> Source | None:
    """Read where a value is kept; None for here. Raises ``UsageError``."""
    provider = form.one("source")
    if provider in ("", LOCAL):
        return None
    try:
        reference = json.loads(form.one("reference") or "{}")
    except ValueError:
        raise UsageError("where it is kept is written as JSON, like {}") from None
    if not isinstance(reference, dict):
        raise UsageError("where it is kept is one JSON object, like {}")
    return Source(provider, reference)


def read_fields(form: Form, kind: str) -> dict[str, str]:
    """Read a type's fields; a key comes as text or as the picture of its QR code.

    Raises ``UsageError`` for a type there is not, and for a picture without one QR code.
    """
    if kind not in SECRET_TYPES:
        raise UsageError("there is no such type of secret")
    fields = {name: form.exact(f"value-{name}") for name in form.under("value-")}
    for part in SECRET_TYPES[kind].parts:
        picture = form.files.get(f"qr-{part.name}")
        if picture is not None and part.name not in fields:
            fields[part.name] = read_content(picture)
    return fields


def _has(card: SecretCard, words: str) -> bool:
    told = " ".join((card.name, card.type, card.mode, card.source, *card.origins.texts()))
    return words in told.casefold()
