"""Rewrite the network log of a recording: HAR entries with values only where a list allows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.artifacts.sensitive import CUT, masked_value
from agent.artifacts.trace_events import Event, pick, short_number
from agent.artifacts.urls import clean_url

OPEN_HEADERS = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges",
    "access-control-allow-credentials", "access-control-allow-headers",
    "access-control-allow-methods", "access-control-allow-origin", "access-control-max-age",
    "access-control-request-headers", "access-control-request-method", "age", "allow",
    "alt-svc", "cache-control", "connection", "content-disposition", "content-encoding",
    "content-language", "content-type", "cross-origin-embedder-policy",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "date", "expires", "host",
    "keep-alive", "last-modified", "origin", "permissions-policy", "pragma", "referrer-policy",
    "retry-after", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest",
    "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "server", "strict-transport-security",
    "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "vary", "via",
    "x-content-type-options", "x-frame-options", "x-xss-protection",
})  # fmt: skip
URL_HEADERS = frozenset({"location", "referer", "content-location"})

_ENTRY = (
    "pageref", "startedDateTime", "_frameref", "_resourceType", "_apiRequestRef",
    "_wasFulfilled", "_wasAborted", "_wasContinued", "serverIPAddress", "_serverPort",
)  # fmt: skip
_TIMES = ("dns", "connect", "ssl", "send", "wait", "receive", "blocked")
_COOKIE = ("name", "path", "domain", "expires", "httpOnly", "secure", "sameSite")


BodyOf = Callable[[str, str], "tuple[str, int] | None"]


def clean_entry(entry: Event, body_of: BodyOf) -> Event:
    """One network log entry with only what may stay.

    ``body_of(file, media type)`` gives the kept member's name and size for a response body, or
    ``None`` when it is dropped. Request bodies are never kept.
    """
    clean = pick(entry, _ENTRY)
    clean["time"] = short_number(entry.get("time", -1))
    clean["_monotonicTime"] = short_number(entry.get("_monotonicTime", 0))
    times = pick(entry.get("timings"), _TIMES)
    clean["timings"] = {name: short_number(value) for name, value in times.items()}
    clean["cache"] = {}
    clean["request"] = _request(entry.get("request") or {})
    clean["response"] = _response(entry.get("response") or {}, body_of)
    return clean


def _request(request: Event) -> Event:
    clean = pick(request, ("method", "httpVersion"))
    clean["url"] = clean_url(str(request.get("url", "")))
    clean["cookies"] = _cookies(request)
    clean["headers"] = _headers(request)
    clean["queryString"] = [
        {"name": pair.get("name", ""), "value": _query_value(pair)}
        for pair in request.get("queryString") or []
    ]
    clean.update(headersSize=-1, bodySize=0)
    posted = request.get("postData")
    if isinstance(posted, dict):
        clean["postData"] = _posted(posted)
    return clean


def _query_value(pair: Event) -> str:
    return masked_value(str(pair.get("name", "")), str(pair.get("value", "")))


def _posted(posted: Event) -> Event:
    fields = posted.get("params") or []
    return {
        "mimeType": str(posted.get("mimeType", "")).partition(";")[0],
        "params": [{"name": field.get("name", ""), "value": CUT} for field in fields],
        "text": CUT,
    }


def _response(response: Event, body_of: BodyOf) -> Event:
    clean = pick(response, ("status", "statusText", "httpVersion"))
    clean["cookies"] = _cookies(response)
    clean["headers"] = _headers(response)
    clean["redirectURL"] = clean_url(str(response.get("redirectURL", "")))
    content = response.get("content") or {}
    kept = body_of(str(content.get("_file", "")), str(content.get("mimeType", "")))
    clean["content"] = {"size": 0, "mimeType": content.get("mimeType", "x-unknown")}
    if kept:
        clean["content"]["_file"], clean["content"]["size"] = kept
    size = clean["content"]["size"]
    clean.update(headersSize=-1, bodySize=size, _transferSize=size)
    if isinstance(response.get("_failureText"), str):
        clean["_failureText"] = response["_failureText"]
    return clean


def _cookies(half: Event) -> list[Event]:
    return [{**pick(cookie, _COOKIE), "value": CUT} for cookie in half.get("cookies") or []]


def _headers(half: Event) -> list[Event]:
    return [
        {"name": header.get("name", ""), "value": _header_value(header)}
        for header in half.get("headers") or []
    ]


def _header_value(header: dict[str, Any]) -> str:
    name, value = str(header.get("name", "")).lower(), str(header.get("value", ""))
    if name in URL_HEADERS:
        return clean_url(value)
    if name == "content-type":
        return value.partition("boundary=")[0]
    return value if name in OPEN_HEADERS else CUT
