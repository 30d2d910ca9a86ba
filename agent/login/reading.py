"""Read the facts of a look, frame by frame, into one observation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.login.forms import new_password_keys, read_forms
from agent.login.observation import Notice, Observation, WayKind
from agent.login.ways import read_ways
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.facts import RawLook
    from agent.login.observation import Form, Way

_TELLING = frozenset(
    {"wrong", "locked", "rate_limited", "expired", "captcha", "site_error", "tries_left"}
)
_SIGN_OUT_PATH = re.compile(r"(log|sign)[-_]?(out|off)|abmeld|deconnexion|cerrar-?sesion", re.I)
_FEW_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the page has sent since the sign-in began, and whether an answer is still awaited."""

    sent: int = 0
    busy: bool = False


def read(looks: Sequence[RawLook], traffic: Traffic) -> Observation:
    """Read the look at the page (first) and at its frames (after)."""
    page = looks[0]
    forms = [form for number, look in enumerate(looks) for form in read_forms(look, number)]
    form = max(forms, key=lambda form: form.score, default=None)
    told, ways = _told(looks), _ways(looks, forms)
    return Observation(
        document=page.document,
        url=page.url,
        ready=page.ready != "loading",
        status=page.status,
        form=form,
        notices=tuple(notice for look in looks for notice in _notices(look)),
        captcha=any(_challenged(look) for look in looks),
        signed_in=form is None and any(_signed_in(look) for look in looks),
        blank=all(_blank(look) for look in looks),
        sent=traffic.sent,
        busy=traffic.busy,
        new_passwords=any(new_password_keys(look) for look in looks),
        ways=ways,
        covered=form is not None and _covered(looks, form),
        passkey=form is None and "passkey" in told,
        elsewhere=form is None and "elsewhere" in told,
        terms=any(way.kind is WayKind.TERMS for way in ways),
    )


def best_form(looks: Sequence[RawLook]) -> Form | None:
    """Choose the form to fill among those of the page and its frames."""
    forms = [form for number, look in enumerate(looks) for form in read_forms(look, number)]
    return max(forms, key=lambda form: form.score, default=None)


def _ways(looks: Sequence[RawLook], forms: Sequence[Form]) -> tuple[Way, ...]:
    ways = [way for number, look in enumerate(looks) for way in read_ways(look, number, forms)]
    return tuple(sorted(ways, key=lambda way: -way.score))


def _covered(looks: Sequence[RawLook], form: Form) -> bool:
    """Tell whether something lies over what is to be filled or pressed."""
    fields = [field for field in (form.username, form.password, form.code) if field]
    keys = {spot.key for field in fields for spot in field.spots}
    if form.submit:
        keys.add(form.submit.key)
    look = looks[form.frame]
    covered = [field.key for field in look.fields if field.covered]
    covered += [button.key for button in look.buttons if button.covered]
    return any(f"{look.document}#{number}" in keys for number in covered)


def _told(looks: Sequence[RawLook]) -> frozenset[str]:
    """Name what the text of the page speaks of, banners and dialogs apart."""
    words = vocabulary()
    texts = [line.text for look in looks for line in look.lines if not line.layer]
    return words.kinds(*texts, *(look.title for look in looks))


def _notices(look: RawLook) -> list[Notice]:
    words = vocabulary()
    found = [Notice(line.text, words.kinds(line.text), line.alarm) for line in look.lines]
    return [notice for notice in found if notice.alarm or notice.kinds & _TELLING]


def _challenged(look: RawLook) -> bool:
    """Tell whether a captcha stands in the way; the badge of an invisible one does not."""
    if any("badge" not in c.words and "invisible" not in c.words for c in look.challenges):
        return True
    words = vocabulary()
    return any(
        f.usable and "captcha" in words.name_kinds(f.name, f.id) | words.kinds(f.label)
        for f in look.fields
    )


def _signed_in(look: RawLook) -> bool:
    words = vocabulary()
    if any(_SIGN_OUT_PATH.search(link.target) for link in look.links):
        return True
    texts = [link.text for link in look.links]
    texts += [button.text or button.hint for button in look.buttons]
    return "sign_out" in words.kinds(*texts)


def _blank(look: RawLook) -> bool:
    texts = [line.text for line in look.lines]
    texts += [button.text for button in look.buttons if button.visible]
    texts += [link.text for link in look.links]
    return sum(map(len, texts)) < _FEW_LETTERS
