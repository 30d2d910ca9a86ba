"""A made-up recording in the trace format, clean in itself, with one place after the other to leak.

Each spot takes the value as some writing of it and puts it into exactly one place of the recording.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PAGE, FRAME = "page@1", "frame@1"
SITE = "https://hotel.example"
Event = dict[str, Any]


@dataclass
class Recording:
    """The parts of a ``trace.zip`` before they are written."""

    trace: list[Event] = field(default_factory=list)
    network: list[Event] = field(default_factory=list)
    stacks: Event = field(default_factory=lambda: {"files": [], "stacks": []})
    members: dict[str, bytes] = field(default_factory=dict)
    comment: bytes = b""
    calls: int = 0

    @classmethod
    def plain(cls) -> Recording:
        """A page that was opened and clicked on, nothing secret in it."""
        made = cls()
        made.trace.append(
            {
                "version": 10, "type": "context-options", "origin": "library",
                "browserName": "chromium", "playwrightVersion": "1.65.1", "platform": "linux",
                "options": {"viewport": {"width": 1280, "height": 720}},
                "wallTime": 1795340314250, "monotonicTime": 1306.091, "sdkLanguage": "python",
            }
        )  # fmt: skip
        made.call("Frame", "goto", {"url": f"{SITE}/", "timeout": 30000})
        made.snapshot(["HTML", {}, ["BODY", {}, ["H1", {}, "Guest list"]]])
        made.response("text/html", b"<h1>Guest list</h1>", "page.html")
        return made

    def call(self, owner: str, method: str, params: Event, **after: Any) -> str:
        """An action from its beginning to its end; gives its id."""
        self.calls += 1
        call = f"call@{self.calls}"
        start = 1313.428 + self.calls
        self.trace.append(
            {"type": "before", "callId": call, "startTime": start, "class": owner,
             "method": method, "params": params}
        )  # fmt: skip
        self.trace.append({"type": "after", "callId": call, "endTime": start + 0.5, **after})
        return call

    def snapshot(self, html: Any, url: str = f"{SITE}/", **more: Any) -> None:
        """A DOM snapshot of the one frame."""
        self.trace.append(
            {
                "type": "frame-snapshot",
                "snapshot": {
                    "callId": f"call@{self.calls}", "phase": "after", "pageId": PAGE,
                    "frameId": FRAME, "frameUrl": url, "html": html, "timestamp": 1682.975,
                    "viewport": {"width": 1280, "height": 720}, "wallTime": 1795340314620,
                    "collectionTime": 1.2, "resourceOverrides": [], "isMainFrame": True, **more,
                },
            }
        )  # fmt: skip

    def entry(self, **parts: Any) -> Event:
        """One network log entry; ``parts`` replace those of request and response."""
        request = {
            "method": "GET", "url": f"{SITE}/guests", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": [], "queryString": [], "headersSize": -1, "bodySize": 0,
        } | parts.get("request", {})  # fmt: skip
        response = {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": [], "content": {"size": -1, "mimeType": "text/html"}, "redirectURL": "",
            "headersSize": -1, "bodySize": -1, "_transferSize": 100,
        } | parts.get("response", {})  # fmt: skip
        entry = {
            "pageref": PAGE, "startedDateTime": "2026-11-22T09:38:34.361Z", "time": 1.5,
            "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0.5}, "_frameref": FRAME,
            "_monotonicTime": 1350.5, "request": request, "response": response,
        }  # fmt: skip
        self.network.append({"type": "resource-snapshot", "snapshot": entry})
        return entry

    def response(self, media: str, body: bytes, name: str, **more: Any) -> None:
        """A response whose body is stored."""
        self.members[f"resources/{name}"] = body
        content = {"size": len(body), "mimeType": media, "_file": f"resources/{name}"}
        self.entry(response={"content": content, **more})

    def posted(self, media: str, body: bytes, **more: Any) -> None:
        """A request whose body is stored."""
        name = "resources/posted.dat"
        self.members[name] = body
        self.entry(
            request={"method": "POST", "postData": {"mimeType": media, "_file": name, **more}}
        )

    def packed(self) -> bytes:
        """The zip."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = self.comment
            archive.writestr("trace.trace", _lines(self.trace))
            archive.writestr("trace.network", _lines(self.network))
            archive.writestr("trace.stacks", json.dumps(self.stacks))
            for name, content in self.members.items():
                archive.writestr(name, content)
        return file.getvalue()


def _lines(events: list[Event]) -> bytes:
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    return "".join(line + "\n" for line in lines).encode("utf-8", "replace")


Spot = Callable[[Recording, bytes], None]


def text_of(written: bytes) -> str:
    """A writing as text, where a channel carries text alone: odd bytes become letters of theirs."""
    try:
        return written.decode("utf-8")
    except UnicodeDecodeError:
        return written.decode("latin-1")


def _call(owner: str, method: str, **params: Any) -> Spot:
    """A call with ``VALUE`` in its parameters standing for the value."""
    return lambda r, w: void(r.call(owner, method, filled(params, text_of(w))))


def prefixes(text: str) -> list[str]:
    """What stands in a field while a value is typed into it, letter by letter."""
    return [text[:end] for end in range(1, len(text) + 1)]


def void(_made: object) -> None:
    """Give nothing."""


def filled(template: Any, text: str) -> Any:
    """The template with the value where it says ``VALUE``."""
    if isinstance(template, str):
        return template.replace("VALUE", text)
    if isinstance(template, list):
        return [filled(item, text) for item in template]
    if isinstance(template, dict):
        return {filled(key, text): filled(item, text) for key, item in template.items()}
    return template


def _after(**after: Any) -> Spot:
    return lambda r, w: void(
        r.call("Frame", "evaluateExpression", {"expression": "f()"}, **filled(after, text_of(w)))
    )


def _event(event: Event) -> Spot:
    return lambda r, w: r.trace.append(filled(event, text_of(w)))


def _page_event(method: str, **params: Any) -> Spot:
    event = {"type": "event", "time": 1400.5, "class": "BrowserContext", "method": method}
    return _event(event | {"params": {"pageId": PAGE, **params}})


def _body(*children: Any, **attributes: str) -> Spot:
    html = ["HTML", {}, ["BODY", attributes, *children]]
    return lambda r, w: r.snapshot(filled(html, text_of(w)))


def _entry(**parts: Any) -> Spot:
    return lambda r, w: void(r.entry(**filled(parts, text_of(w))))


def _header(side: str, name: str, value: str = "VALUE") -> Spot:
    return _entry(**{side: {"headers": [{"name": name, "value": value}]}})


def _response(media: str, before: bytes = b"", after: bytes = b"") -> Spot:
    suffix = media.rpartition("/")[2]
    return lambda r, w: r.response(media, before + w + after, f"leak.{suffix}")


def _posted(media: str, before: bytes = b"", after: bytes = b"") -> Spot:
    return lambda r, w: r.posted(media, before + w + after)


def _posted_params(r: Recording, w: bytes) -> None:
    r.posted("application/x-www-form-urlencoded", b"", params=[{"name": "x", "value": text_of(w)}])


def _posted_text(r: Recording, w: bytes) -> None:
    r.posted("text/plain", b"", text=text_of(w))


def _frames(r: Recording, w: bytes) -> None:
    message = {"type": "receive", "time": 1, "opcode": 1, "data": text_of(w)}
    r.response("x-unknown", json.dumps(message).encode() + b"\n", "guid.jsonl")


def _sent_frames(r: Recording, w: bytes) -> None:
    message = {"type": "send", "time": 1, "opcode": 2, "data": base64.b64encode(w).decode()}
    r.response("x-unknown", json.dumps(message).encode() + b"\n", "guid.jsonl")


def _member_name(r: Recording, w: bytes) -> None:
    r.members[f"resources/{text_of(w)}.txt"] = b"x"


def _comment(r: Recording, w: bytes) -> None:
    r.comment = w


def _source(r: Recording, w: bytes) -> None:
    r.members["src/aa.py"] = b"page.fill('#a', '" + w + b"')"


def _stack_file(r: Recording, w: bytes) -> None:
    r.stacks["files"] = [f"/home/{text_of(w)}/login.py"]


def _keys(r: Recording, w: bytes) -> None:
    for letter in text_of(w):
        r.call("Page", "keyboardPress", {"key": letter})


def _typed_prefixes(r: Recording, w: bytes) -> None:
    text = text_of(w)
    for end in range(1, len(text) + 1):
        field = ["INPUT", {"type": "text", "__playwright_value_": text[:end]}]
        r.snapshot(["HTML", {}, ["BODY", {}, field]])


def _result_prefixes(r: Recording, w: bytes) -> None:
    for prefix in prefixes(text_of(w)):
        r.call(
            "Frame", "evaluateExpression", {"expression": "f()"}, result={"value": {"s": prefix}}
        )


def _log_prefixes(r: Recording, w: bytes) -> None:
    for prefix in prefixes(text_of(w)):
        _log(f'  unexpected value "{prefix}"')(r, b"")


def _log_keys(r: Recording, w: bytes) -> None:
    for letter in text_of(w):
        _log(f'  keyboard.press("{letter}")')(r, b"")


def _message_each(r: Recording, parts: list[str]) -> None:
    lines = [{"type": "send", "time": n, "opcode": 1, "data": part} for n, part in enumerate(parts)]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    r.response("x-unknown", body.encode(), "guid.jsonl")


def _message_keys(r: Recording, w: bytes) -> None:
    _message_each(r, list(text_of(w)))


def _message_prefixes(r: Recording, w: bytes) -> None:
    _message_each(r, prefixes(text_of(w)))


def _siblings(r: Recording, w: bytes) -> None:
    text = text_of(w)
    parts = [["SPAN", {}, letter] for letter in text]
    r.snapshot(["HTML", {}, ["BODY", {}, ["P", {}, *parts]]])


def _across_snapshots(r: Recording, w: bytes) -> None:
    """The second snapshot refers to the text of the first and adds the rest."""
    text = text_of(w)
    half = len(text) // 2
    r.snapshot(["HTML", {}, ["BODY", {}, ["P", {}, text[:half]]]])
    # in the order in which the viewer numbers nodes, the P comes second, after its own text
    r.snapshot(["HTML", {}, ["BODY", {}, [[1, 1]], ["B", {}, text[half:]]]])


def _two_messages(r: Recording, w: bytes) -> None:
    text = text_of(w)
    half = len(text) // 2
    lines = [
        {"type": "receive", "time": n, "opcode": 1, "data": part}
        for n, part in enumerate((text[:half], text[half:]))
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    r.response("x-unknown", body.encode(), "guid.jsonl")


def _two_console_lines(r: Recording, w: bytes) -> None:
    text = text_of(w)
    half = len(text) // 2
    for part in (text[:half], text[half:]):
        _CONSOLE_TEXT(r, part.encode())


def _console(**more: Any) -> Spot:
    event = {"type": "console", "messageType": "log", "text": "x", "args": [], "time": 1663.174}
    event |= {"location": {"url": "", "lineNumber": 0, "columnNumber": 0}, "pageId": PAGE}
    return _event(event | more)


def _override(r: Recording, w: bytes) -> None:
    r.members["resources/s.css"] = b".a{content:'" + w + b"'}"
    override = {"url": f"{SITE}/s.css", "file": "resources/s.css"}
    r.snapshot(["HTML"], resourceOverrides=[override])


def _log(message: str) -> Spot:
    return _event({"type": "log", "callId": "call@1", "time": 1.5, "message": message})


def _frame_url(url: str) -> Spot:
    return lambda r, w: r.snapshot(["HTML"], filled(url, text_of(w)))


_CONSOLE_TEXT = _console(text="VALUE")
_STORED = {"name": "a", "value": "VALUE"}
_STYLE = ["STYLE", {}, ".a::after { content: 'VALUE' }"]

# Row of the specification's table → its places.
SPOTS: dict[int, dict[str, Spot]] = {
    1: {
        "fill value": _call("Frame", "fill", selector="#a", value="VALUE"),
        "type text": _call("Frame", "type", selector="#a", text="VALUE"),
        "insertText": _call("Page", "keyboardInsertText", text="VALUE"),
        "selector": _call("Frame", "click", selector='text="VALUE"'),
        "evaluate arg": _call("Frame", "evaluateExpression", arg={"value": {"s": "VALUE"}}),
        "cookies": _call("BrowserContext", "addCookies", cookies=[{"value": "VALUE"}]),
        "dialog": _call("Dialog", "accept", promptText="VALUE"),
        "goto url": _call("Frame", "goto", url=f"{SITE}/?x=VALUE"),
        "unknown call": _call("Some", "newThing", whatever={"VALUE": ["VALUE"]}),
    },
    2: {
        "group": _call("Tracing", "tracingGroup", title="VALUE", name="VALUE"),
        "title": _event({"type": "before", "callId": "call@900", "startTime": 1500.5,
                         "class": "Frame", "method": "click", "title": "Fill VALUE",
                         "params": {}}),
    },
    3: {
        "value": _after(result={"value": {"s": "VALUE"}}),
        "aria": _after(result={"snapshot": '- textbox "Password": VALUE'}),
        "cookie": _after(result={"cookies": [{"name": "x", "value": "VALUE"}]}),
        "storage": _after(result={"origins": [{"localStorage": [_STORED]}]}),
    },
    4: {
        "error": _after(error={"name": "Error", "message": "expected VALUE", "stack": "at VALUE"}),
        "log": _log("waiting VALUE"),
        "typed": _log('  fill("VALUE")'),
    },
    5: {
        "text": _CONSOLE_TEXT,
        "preview": _console(args=[{"preview": "{a: VALUE}", "value": "VALUE"}]),
        "location": _console(location={"url": f"{SITE}/VALUE", "lineNumber": 1}),
    },
    6: {
        "dialog": _page_event("dialog", type="alert", message="hello VALUE"),
        "download": _page_event("download", url=f"{SITE}/d?x=VALUE", suggestedFilename="VALUE.pdf"),
        "page error": _page_event(
            "pageError", error={"error": {"name": "E", "message": "no VALUE", "stack": "VALUE"}}
        ),
        "unknown event": _page_event("brandNew", thing="VALUE"),
    },
    7: {
        "frame url query": _frame_url(f"{SITE}/?a=VALUE"),
        "frame url fragment": _frame_url(f"{SITE}/#access_token=VALUE"),
        "request url": _entry(request={"url": f"{SITE}/a/VALUE?b=VALUE"}),
        "query": _entry(request={"queryString": [{"name": "q", "value": "VALUE"}]}),
        "referer": _header("request", "Referer", f"{SITE}/?VALUE"),
        "location": _header("response", "Location", f"{SITE}/#VALUE"),
        "redirect": _entry(response={"redirectURL": f"{SITE}/?x=VALUE"}),
        "user info": _entry(request={"url": "https://VALUE@hotel.example/"}),
    },
    8: {
        "text node": _body(["P", {}, "Hello VALUE!"]),
        "title": lambda r, w: r.snapshot(["HTML", {}, ["HEAD", {}, ["TITLE", {}, text_of(w)]]]),
        "shadow": _body(["DIV", {}, ["template", {"__playwright_shadow_root_": "open"}, "VALUE"]]),
    },
    9: {
        "typed text": _body(["INPUT", {"type": "text", "__playwright_value_": "VALUE"}]),
        "password": _body(["INPUT", {"type": "password", "__playwright_value_": "VALUE"}]),
        "hidden": _body(["INPUT", {"type": "hidden", "name": "x", "value": "VALUE"}]),
        "textarea": _body(["TEXTAREA", {"__playwright_value_": "VALUE"}, "VALUE"]),
        "button": _body(["INPUT", {"type": "submit", "value": "VALUE"}]),
        "option": _body(["SELECT", {}, ["OPTION", {"value": "VALUE"}, "VALUE"]]),
    },
    10: {
        "title": _body(["A", {"title": "VALUE"}]),
        "data": _body(["A", {"data-x": "VALUE"}]),
        "href": _body(["A", {"href": "/x?u=VALUE"}]),
        "data url": _body(["IMG", {"src": "data:image/svg+xml,<svg>VALUE</svg>"}]),
        "style": _body(["A", {"style": "background: url('/VALUE')"}]),
        "sheet": _body(_STYLE),
        "handler": _body(["A", {"onclick": "f('VALUE')"}]),
        "meta": _body(["META", {"name": "csrf-token", "content": "VALUE"}]),
        "override": _override,
    },
    11: {
        "cookie": _entry(request={"cookies": [{"name": "sid", "value": "VALUE"}]}),
        "cookie header": _header("request", "Cookie", "sid=VALUE; a=b"),
        "set-cookie": _header("response", "Set-Cookie", "sid=VALUE; HttpOnly"),
        "authorization": _header("request", "Authorization", "Bearer VALUE"),
        "any header": _header("response", "X-Thing", "VALUE"),
        "open header": _header("response", "Server", "VALUE"),
        "header name": _header("response", "VALUE", "1"),
        "cookie name": _entry(response={"cookies": [{"name": "VALUE", "value": "1"}]}),
    },
    12: {
        "params": _posted_params,
        "text": _posted_text,
        "form file": _posted("application/x-www-form-urlencoded", b"password="),
        "json file": _posted("application/json", b'{"password":"', b'"}'),
        "multipart": _posted("multipart/form-data; boundary=x", b"--x\r\n\r\n", b"\r\n--x--"),
        "binary": _posted("application/octet-stream", b"\x00\x01\xff "),
    },
    13: {
        "html": _response("text/html", b"<p>", b"</p>"),
        "html attribute": _response("text/html", b'<a title="', b'">x</a>'),
        "html script": _response("text/html", b"<script>var a = '", b"'</script>"),
        "html hidden": _response("text/html", b'<input type=hidden name=x value="', b'">'),
        "json": _response("application/json", b'{"a":"', b'"}'),
        "broken json": _response("application/json", b'{"a":"', b'"'),
        "text": _response("text/plain", b"hello ", b"\n"),
        "css": _response("text/css", b".a::after{content:'", b"'}"),
        "script": _response("text/javascript", b"var a = '", b"'"),
        "xml": _response("text/xml", b"<a b='", b"'/>"),
    },
    14: {
        "octets": _response("application/octet-stream", b"\x00\xff\xfe ", b"\x00"),
        "pdf": _response("application/pdf", b"%PDF-1.4\nstream\n", b"\nendstream"),
        "font": _response("font/woff2", b"wOF2\x00", b"\x00"),
        "image": _response("image/png", b"\x89PNG\r\n\x1a\n", b"IEND"),
        "said to be text": _response("text/plain", b"\x00\xff ", b"\x00"),
    },
    15: {
        "received": _frames,
        "sent binary": _sent_frames,
        "event stream": _response("text/event-stream", b"data: ", b"\n\n"),
    },
    16: {"aria result": _after(result={"snapshot": '- heading "VALUE" [level=1]'})},
    17: {"source": _source, "stack file": _stack_file},
    18: {"member name": _member_name, "zip comment": _comment},
}  # fmt: skip
# Places for pictures that show the value, by the media type.
PICTURE_SPOTS: dict[int, dict[str, Spot]] = {
    14: {f"image {form}": _response(f"image/{form}") for form in ("png", "jpeg", "gif", "webp")},
}
SPLIT_SPOTS: dict[int, dict[str, Spot]] = {
    1: {"keys": _keys},
    3: {"result prefixes": _result_prefixes},
    4: {"log prefixes": _log_prefixes, "log keys": _log_keys},
    5: {"two console lines": _two_console_lines},
    8: {"siblings": _siblings, "across snapshots": _across_snapshots},
    9: {"prefixes": _typed_prefixes},
    15: {
        "two messages": _two_messages,
        "message keys": _message_keys,
        "message prefixes": _message_prefixes,
    },
}


def _zipped(r: Recording, w: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inside", w)
    r.response("application/zip", file.getvalue(), "leak.zip")


# Places for bytes that are packed as a whole.
PACKED_SPOTS: dict[int, dict[str, Spot]] = {
    12: {
        "form": _posted("application/x-www-form-urlencoded"),
        "json": _posted("application/json"),
        "binary": _posted("application/octet-stream"),
    },
    13: {
        "html": _response("text/html"),
        "json": _response("application/json"),
        "text": _response("text/plain"),
        "css": _response("text/css"),
    },
    14: {
        "octets": _response("application/octet-stream"),
        "zip": _zipped,
        "gzip": _response("application/gzip"),
    },
    15: {"sent binary": _sent_frames},
}
