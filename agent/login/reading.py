"""Read the facts of a look, frame by frame, into one observation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.login.forms import new_password_keys, read_forms
from agent.login.observation import Form, Notice, Observation
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.facts import RawLook

_TELLING = frozenset({"wrong", "locked", "captcha", "site_error"})
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
    form = best_form(looks)
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
    )


def best_form(looks: Sequence[RawLook]) -> Form | None:
    """Choose the form to fill among those of the page and its frames."""
    forms = [form for number, look in enumerate(looks) for form in read_forms(look, number)]
    return max(forms, key=lambda form: form.score, default=None)


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
