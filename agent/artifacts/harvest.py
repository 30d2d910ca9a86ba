"""Learn the secrets a site made during the run: cookies, tokens, keys of the session.

They are learnt before anything is rewritten, so that each is also found where it is repeated.
Only what is 8 characters or longer and not one word is learnt; shorter ones are covered by the
rules that mask by place and name.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from agent.artifacts.sensitive import is_plain, is_sensitive_name, looks_like_token
from agent.artifacts.urls import query_pairs

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from agent.artifacts.trace_events import Event
    from agent.vault.open import RunSecrets

MOST_VALUES = 500
# Some of them may turn out to be bound values.
_MOST_NOTED = 2 * MOST_VALUES

_TAG = re.compile(rb"<(?:input|meta)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_JSON_PAIR = re.compile(rb'"([\w.-]{2,40})"\s*:\s*"((?:[^"\\]|\\.){8,8192})"')
_CARRIES = re.compile(r"auth|token|csrf|xsrf|api-?key|session|signature|secret", re.IGNORECASE)
# A posted form: SAML messages and OAuth answers go this way.
_FORM = re.compile(rb"[\w.~%*+\[\]-]{1,80}=[!-%'-;=?-~]*(?:&[\w.~%*+\[\]-]{1,80}=[!-%'-;=?-~]*)*")
_LONGEST_FORM = 256 * 1024
_SIGNED = re.compile(r"eyJ[\w-]{6,}\.([\w-]{8,})\.([\w-]{8,})")
_NO_TOKEN = re.compile(r"[/\s{}<>;,]")
_AUTH_SCHEME = re.compile(r"^(?:Bearer|Basic|Token|Digest|Negotiate)\s+", re.IGNORECASE)


class Harvest:
    """Collects session secrets from what was recorded; at its end the run's secrets learn them.

    All at once: each time the matchers learn something, they are made anew. Outside of its block it
    would learn nothing, and refuses to collect.
    """

    def __init__(self, secrets: RunSecrets) -> None:
        self._secrets = secrets
        self._found: dict[str, str] = {}
        self._is_open = False

    def __enter__(self) -> Self:
        self._is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_open = False
        fresh = [form for form in self._found if not self._is_bound(form)]
        for form in fresh[:MOST_VALUES]:
            self._secrets.learn(f"session.{self._found[form]}", form)

    def from_entry(self, entry: Event) -> None:
        """Learn from one network log entry: cookies, headers, URLs, posted fields."""
        for side in ("request", "response"):
            half = entry.get(side) or {}
            for cookie in half.get("cookies") or []:
                self.learn("cookie", str(cookie.get("value", "")))
            for header in half.get("headers") or []:
                self._from_header(str(header.get("name", "")), str(header.get("value", "")))
        request = entry.get("request") or {}
        self.from_url(str(request.get("url", "")))
        self.from_url(str((entry.get("response") or {}).get("redirectURL", "")))
        for field in (request.get("postData") or {}).get("params") or []:
            self._from_pair(str(field.get("name", "")), str(field.get("value", "")))

    def from_url(self, url: str) -> None:
        """Learn the values of sensitive names in a query or fragment."""
        for name, value in query_pairs(url):
            self._from_pair(name, value)

    def from_body(self, content: bytes) -> None:
        """Learn from a stored body: sensitive JSON and form pairs, hidden fields, meta tags."""
        for found in _TAG.findall(content):
            self._from_tag(found.decode("utf-8", "replace"))
        for name, value in _JSON_PAIR.findall(content):
            if is_sensitive_name(name.decode()):
                self.learn("token", _json_text(value))
        if len(content) <= _LONGEST_FORM and _FORM.fullmatch(content):
            self.from_url(f"?{content.decode()}")

    def from_result(self, result: Any) -> None:
        """Learn the cookies and stored values an action returned."""
        if not isinstance(result, dict):
            return
        for cookie in result.get("cookies") or []:
            self.learn("cookie", str(cookie.get("value", "")))
        for origin in result.get("origins") or []:
            for item in origin.get("localStorage") or []:
                self._from_pair(str(item.get("name", "")), str(item.get("value", "")))

    def from_nodes(self, node: Any) -> None:
        """Learn hidden fields and meta tags from the nodes of a DOM snapshot."""
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            return
        if len(node) > 1 and isinstance(node[1], dict):
            self._from_attributes(node[0].upper(), node[1])
        for child in node[2:]:
            if isinstance(child, list):
                self.from_nodes(child)

    def learn(self, kind: str, value: str) -> None:
        """Note one value, raw and unquoted, when it is long and mixed enough."""
        if not self._is_open:
            raise RuntimeError("a harvest learns at its end: collect inside of its block")
        for form in forms_of(value):
            if len(self._found) < _MOST_NOTED:
                self._found.setdefault(form, kind)

    def _is_bound(self, value: str) -> bool:
        """Whether this is a value with a label already: marks keep the label a person knows."""
        whole = value.encode("utf-8", "replace")
        found = self._secrets.redactor.find(whole)
        return any(place.start == 0 and place.end == len(whole) for place in found)

    def _from_header(self, name: str, value: str) -> None:
        lowered = name.lower()
        if lowered in ("cookie", "set-cookie"):
            for line in value.split("\n"):
                self._from_cookies(line, first_only=lowered == "set-cookie")
        elif lowered in ("location", "referer"):
            self.from_url(value)
        elif _CARRIES.search(lowered) and not lowered.startswith("access-control"):
            token = _AUTH_SCHEME.sub("", value)
            if not _NO_TOKEN.search(token):
                self.learn("authorization", token)

    def _from_cookies(self, text: str, *, first_only: bool) -> None:
        pairs = text.split(";")
        for pair in pairs[:1] if first_only else pairs:
            self.learn("cookie", pair.partition("=")[2].strip())

    def _from_pair(self, name: str, value: str) -> None:
        if is_sensitive_name(name) and not is_plain(value):
            self.learn("token", value)

    def _from_tag(self, tag: str) -> None:
        attributes = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(tag)
        }
        self._from_attributes(tag[1:6].strip().upper(), attributes)

    def _from_attributes(self, tag: str, attributes: dict[str, Any]) -> None:
        if tag == "META":
            self._from_pair(str(attributes.get("name", "")), str(attributes.get("content", "")))
        elif tag == "INPUT" and str(attributes.get("type", "")).lower() == "hidden":
            value = str(attributes.get("value") or attributes.get("__playwright_value_") or "")
            named = is_sensitive_name(str(attributes.get("name", "")))
            if not is_plain(value) and (named or not _NO_TOKEN.search(value)):
                self.learn("csrf", value)


def forms_of(value: str) -> set[str]:
    """Give the forms of a value that are looked for everywhere: raw, unquoted, its parts."""
    forms = {value, value.strip('"'), unquote(value), *_parts(value)}
    return {form for form in forms if looks_like_token(form)}


def _parts(value: str) -> tuple[str, ...]:
    """The claims and the signature of a token (RFC 7515); its head is the same in all of them."""
    signed = _SIGNED.fullmatch(value)
    return signed.groups() if signed else ()


def _json_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\\/", "/")
