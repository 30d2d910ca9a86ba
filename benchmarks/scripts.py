"""Hand-written sign-ins: the selectors of every shape that lets somebody in.

They are the yardstick of ``benchmarks.shapes`` and the proof that each shape can be signed in to;
the agent never sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Frame, Page

Step = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the script knows; ``code`` gives the code of now."""

    username: str
    password: str
    code: Callable[[], str]


USERNAME, PASSWORD = "[name=username]", "[name=password]"
GO = "main button[type=submit]"


def plain(username: str, password: str, button: str = GO) -> tuple[Step, ...]:
    """Give the steps of a form with both fields."""
    return (("username", username), ("password", password), ("click", button))


def named(username: str, password: str, button: str = GO) -> tuple[Step, ...]:
    """Give the steps of a form whose fields are known by name."""
    return plain(f'[name="{username}"]', f'[name="{password}"]', button)


_LOGIN = plain(USERNAME, PASSWORD)
_CODE: tuple[Step, ...] = (("code", "[name=code]"), ("click", GO))
_INSIDE: tuple[Step, ...] = (("see", "#who"),)
_GO_ON = "main .go"
_FIRST_FRAME: Step = ("frame", "iframe")
_APP = '[name=choice][value="totp"]'


def _boxes(count: int, *, press: bool = True) -> tuple[Step, ...]:
    end: tuple[Step, ...] = (("click", GO),) if press else ()
    return (("boxes", *(f"[name=d{place}]" for place in range(count))), *end)


_BY_KEYS: tuple[Step, ...] = (
    ("see", "sign-in-card"), ("tab",), ("type", "username"), ("tab",), ("type", "password"),
    ("enter",), ("tab",), ("type", "code"), ("enter",),
)  # fmt: skip
_NAME_BY_KEYS: tuple[Step, ...] = (
    ("see", "sign-in-card"), ("tab",), ("type", "username"), ("enter",),
    ("tab",), ("type", "password"), ("enter",), ("tab",), ("type", "code"), ("enter",),
)  # fmt: skip
_PLAIN_BUTTON = "main button"
_NAME_FIRST: tuple[Step, ...] = (("username", "[name=identifier]"), ("click", GO))

# What is not here is signed in to with the names username, password and code.
LOGINS: dict[str, tuple[Step, ...]] = {
    "plain-de": named("benutzer", "kennwort"),
    "plain-fr": named("x1", "x2", _PLAIN_BUTTON),
    "plain-es": named("c_17", "c_18", "main input[type=submit]"),
    "plain-it": named("a", "b"),
    "plain-pt": named("usr", "snh"),
    "plain-nl": named("email", "password"),
    "plain-pl": named("login", "haslo"),
    "plain-cs": named("jmeno", "heslo"),
    "plain-sv": named("uid", "password"),
    "plain-tr": named("K", "S"),
    "plain-ru": named("f9a1c", "f9a1d"),
    "plain-ja": named("user[name]", "user[pass]"),
    "plain-zh": named("yhm", "mm", _PLAIN_BUTTON),
    "plain-ko": named("1id", "2pw"),
    "plain-ar": named("m1", "m2"),
    "button-link": plain(USERNAME, PASSWORD, _GO_ON),
    "button-div": plain(USERNAME, PASSWORD, _GO_ON),
    "button-image": plain(USERNAME, PASSWORD, "main input[type=image]"),
    "button-untyped": plain(USERNAME, PASSWORD, _PLAIN_BUTTON),
    "back-first": plain(USERNAME, PASSWORD, "main button:not([name])"),
    "cancel-first": plain(USERNAME, PASSWORD, "main input[type=submit]:not([name])"),
    "whole-page-form": named(
        "ctl00$Main$User", "ctl00$Main$Pass", "main input[name=action]"
    ),
    "button-outside": plain(USERNAME, PASSWORD, "button[form=inner]"),
    "no-form": plain("main [type=text]", "main [type=password]", "[data-send]"),
    "sign-up-first": plain("main [name=username]", "main [name=password]"),
    "double-invisible": plain("main [name=username]", "main [name=password]"),
    "controlled-inputs": plain(USERNAME, PASSWORD, _PLAIN_BUTTON),
    "token-in-local-storage": plain(USERNAME, PASSWORD, _PLAIN_BUTTON),
    "slow-app": plain(USERNAME, PASSWORD, _PLAIN_BUTTON),
    "validated-late": named("u", "p"),
    "nested-roots": named("u", "p", "button[type=submit]"),
    "open-root": plain(USERNAME, PASSWORD, "button[type=submit]"),
    "token-in-memory": named("u", "p"),
    "show-password": plain(USERNAME, PASSWORD, "main form > button"),
    "decoy-name": (("username", USERNAME), ("click", GO), ("password", PASSWORD), ("click", GO)),
    "name-first": (*_NAME_FIRST, ("password", "[name=passwd]"), ("click", GO)),
    "name-first-app": (*_NAME_FIRST, ("password", PASSWORD), ("click", GO)),
    "name-first-slow": (*_NAME_FIRST, ("password", PASSWORD), ("click", GO)),
    "password-hidden": (
        ("username", USERNAME), ("click", "#on"), ("password", PASSWORD), ("click", "#go"),
    ),
    "form-in-dialog": (
        ("click", "nav button"), ("username", USERNAME), ("password", PASSWORD),
        ("click", "dialog button[type=submit]"),
    ),
    "picture-first": (("click", "[role=tab]:nth-child(2)"), *_LOGIN),
    "form-folded": (("click", "#open"), *_LOGIN),
    "hydrated-late": (("wait", "700"), *_LOGIN),
    "passkey-first": (
        ("username", USERNAME), ("click", GO), ("click", _APP), ("password", PASSWORD),
        ("click", GO),
    ),
    "code-beside": (
        ("username", USERNAME), ("password", PASSWORD), ("code", "[name=code]"), ("click", GO),
    ),
    "cookie-wall": (("click", "#wall .quiet"), *_LOGIN),
    "news-dialog": (("click", "dialog button"), *_LOGIN),
    "closed-root": _BY_KEYS,
    "nested-closed-roots": _BY_KEYS,
    "name-first-closed": _NAME_BY_KEYS,
    "sso-link": (("click", _GO_ON), *_LOGIN),
    "sso-consent": (("click", _GO_ON), *_LOGIN),
    "sso-trust": (("click", _GO_ON), *_LOGIN),
    "sso-popup": (("popup", "main button"), *_LOGIN),
    "sso-beside-form": (("click", _GO_ON), *_LOGIN),
    "sso-via": (("click", 'main .go:text("Keyring")'), *_LOGIN),
    "sso-one-of-three": (("click", 'main .go:text("Keyring")'), *_LOGIN),
    "frame-of-provider": (_FIRST_FRAME, *_LOGIN),
    "frame-of-site": (_FIRST_FRAME, *_LOGIN),
}  # fmt: skip

_CHOOSE: tuple[Step, ...] = (("click", _APP),)
CODES: dict[str, tuple[Step, ...]] = {
    "button-link": (("code", "[name=code]"), ("click", _GO_ON)),
    "button-div": (("code", "[name=code]"), ("click", _GO_ON)),
    "button-image": (("code", "[name=code]"), ("click", "main input[type=image]")),
    "button-untyped": (("code", "[name=code]"), ("click", _PLAIN_BUTTON)),
    "back-first": (("code", "[name=code]"), ("click", "main button:not([name])")),
    "whole-page-form": (
        ("code", '[name="ctl00$Main$Otp"]'), ("click", "main input[name=action]"),
    ),
    "no-form": (("code", "[name=code]"), ("click", "[data-send]")),
    "open-root": (("code", "[name=code]"), ("click", "button[type=submit]")),
    "nested-roots": (("code", "[name=code]"), ("click", "button[type=submit]")),
    "closed-root": (),
    "nested-closed-roots": (),
    "name-first-closed": (),
    "code-beside": (),
    "code-six-boxes": _boxes(6),
    "code-boxes-controlled": _boxes(6),
    "code-seven-boxes": _boxes(7),
    "code-eight-boxes": _boxes(8),
    "code-boxes-sent": _boxes(6, press=False),
    "code-boxes-masked": _boxes(6),
    "code-two-halves": (("halves", "[name=a]", "[name=b]"), ("click", GO)),
    "code-sent-itself": (("code", "[name=code]"),),
    "code-in-frame": (_FIRST_FRAME, ("code", "[name=code]"), ("click", GO)),
    "code-unnamed": (("code", "[name=q7]"), ("click", GO)),
    "code-recovery-beside": (("code", "[name=code]"), ("click", GO)),
    "code-resend-first": (("code", "[name=code]"), ("click", "main button:not([name])")),
    "choice-list": (*_CHOOSE, *_CODE),
    "choice-radios": (*_CHOOSE, ("click", GO), *_CODE),
    "choice-links": (("click", "main p:nth-of-type(2) a"), *_CODE),
    "text-message-first": (*_CHOOSE, *_CHOOSE, *_CODE),
    "push-first": (*_CHOOSE, *_CODE),
    "trust-page": (*_CODE, ("click", "[name=not_now]")),
    "terms-ticked": (*_CODE, ("click", "[name=agree]"), ("click", "[name=go]")),
    "terms-accepted": (*_CODE, ("click", "[name=go]")),
    "whats-new-after": (*_CODE, ("click", "[name=go]")),
    "sso-consent": (*_CODE, ("click", "[value=allow]")),
    "sso-trust": (*_CODE, ("click", "[value=allow]")),
    "no-second-factor": (),
}  # fmt: skip
_SAME = {"no-form-no-enter": "no-form"}
_AFTER: dict[str, tuple[Step, ...]] = {
    "bare-behind": (("see", "nav"),),
    "closed-root": (),
    "nested-closed-roots": (),
    "name-first-closed": (),
}


def script_of(shape: str) -> tuple[Step, ...]:
    """Give the steps that sign in to a shape, up to the sight of what lies behind."""
    like = _SAME.get(shape, shape)
    login, code = LOGINS.get(like, _LOGIN), CODES.get(like, _CODE)
    return (*login, *code, ("main",), *_AFTER.get(like, _INSIDE))


async def play(page: Page, steps: tuple[Step, ...], known: Known) -> None:
    """Carry out steps on a page that is open already."""
    where: Page | Frame = page
    for kind, *words in steps:
        match kind:
            case "popup":
                async with page.expect_popup() as opened:
                    await page.click(words[0])
                where = await opened.value
            case "frame":
                holder = await page.wait_for_selector(words[0], state="attached")
                where = (await holder.content_frame() if holder else None) or page
            case "main":
                where = page
            case _:
                await _do(where, page, kind, words, known)


async def _do(where: Page | Frame, page: Page, kind: str, words: list[str], known: Known) -> None:
    match kind:
        case "username" | "password":
            await where.fill(words[0], getattr(known, kind))
        case "code":
            await where.fill(words[0], known.code())
        case "boxes" | "halves":
            await _in_parts(where, words, known.code())
        case "click":
            await where.click(words[0])
        case "see":
            await where.wait_for_selector(words[0])
        case _:
            await _by_keys(page, kind, words, known)


async def _in_parts(where: Page | Frame, boxes: list[str], code: str) -> None:
    size = len(code) // len(boxes)
    for place, box in enumerate(boxes):
        await where.fill(box, code[place * size : (place + 1) * size])


async def _by_keys(page: Page, kind: str, words: list[str], known: Known) -> None:
    match kind:
        case "tab":
            await page.keyboard.press("Tab")
        case "type":
            given = known.code() if words[0] == "code" else getattr(known, words[0])
            await page.keyboard.insert_text(given)
        case "enter":
            async with page.expect_response("**/api"):
                await page.keyboard.press("Enter")
            # What had the focus is gone once the answer is drawn.
            await page.wait_for_function("document.activeElement === document.body")
        case "wait":
            await page.wait_for_timeout(float(words[0]))
        case _:
            raise ValueError(kind)
