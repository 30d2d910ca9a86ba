"""What a look at a page found, in words: for the report, next to what was decided on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from agent.login.observation import FormKind, WayKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.login.observation import Form, Observation

_LONGEST_TEXT: Final = 120
_LONGEST_PATH: Final = 60
_MOST_WAYS: Final = 3
_BROKEN: Final = 400
# A segment of a path that may be a token tells a reader nothing.
_TOKEN: Final = re.compile(r"(?<=/)(?=[^/]*\d)[\w.~=-]{16,}")
_FORMS: Final = {
    FormKind.LOGIN: "a login form",
    FormKind.IDENTIFIER: "a form that asks for the account first",
    FormKind.CODE: "a form for a one-time code",
}
_SIGNS: Final = (
    ("captcha", "a captcha"),
    ("new_passwords", "a demand for a new password"),
    ("terms", "new terms to accept"),
    ("passkey", "a demand for a passkey"),
    ("elsewhere", "a wait for another device"),
    ("covered", "something that lies over the form"),
    ("blank", "an empty page"),
    ("signed_in", "what only a signed-in person sees"),
)
_ON: Final = frozenset({WayKind.PROVIDER, WayKind.SIGN_IN, WayKind.ANOTHER, WayKind.METHOD})


def seen_in_words(seen: Observation) -> str:
    """Say what a look found. A site's own words are among it: it may name the account.

    Of addresses there is only host and path, without what may be a token.
    """
    if seen.signs.challenge:
        return f"the browser's own login, asked for by {_place(seen.signs.challenge)}"
    found = ", ".join(_parts(seen)) or "nothing to fill in"
    where = _place(seen.url)
    return f"{where}: {found}" if where else found


def _parts(seen: Observation) -> Iterator[str]:
    if seen.status >= _BROKEN:
        yield f"HTTP {seen.status}"
    if seen.form is not None:
        yield _form(seen.form)
    for name, words in _SIGNS:
        if getattr(seen, name):
            yield words
    if seen.signs.proved:
        yield "what the step expects"
    ways = [way.button.text for way in seen.ways if way.kind in _ON and way.button.text]
    if ways:
        yield f"ways on: {_quoted(*ways[:_MOST_WAYS])}"
    said = next((notice.text for notice in seen.notices if notice.alarm), "")
    if said:
        yield f"it says {_quoted(said)}"


def _form(form: Form) -> str:
    named = (("username", form.username), ("password", form.password), ("code", form.code))
    fields = [name + (" (filled)" if field.filled else "") for name, field in named if field]
    kind = _FORMS[form.kind] + (f" ({form.method})" if form.method else "")
    button = f", button {_quoted(form.submit.text)}" if form.submit and form.submit.text else ""
    return f"{kind} with {' and '.join(fields)}{button}" if fields else f"{kind}{button}"


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{host}{_TOKEN.sub('…', parts.path)[:_LONGEST_PATH]}" if host else ""


def _quoted(*texts: str) -> str:
    return ", ".join(f"“{' '.join(text.split())[:_LONGEST_TEXT]}”" for text in texts)
