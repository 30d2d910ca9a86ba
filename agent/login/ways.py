"""The controls that lead on: to a provider, to another factor, past what is in the way.

What a control says decides, where it leads and what it is called in the markup add to that; the
page around it says whether it can be meant at all: a dashboard has buttons too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.login.controls import Scene, controls_of, layers_of
from agent.login.dismissals import ways_past
from agent.login.observation import Button, Spot, Way, WayKind
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.login.controls import Control
    from agent.login.facts import RawButton, RawLook
    from agent.login.observation import Form

_SHORT = 30
_YES_AND_NO = 2
_FEW_LINES = 8
_LONG_PAGE = 60
_QUESTION = re.compile("[?\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK};]")
_LEADS_OUT = re.compile(
    r"/(oauth2?|saml2?|sso|oidc|openid|openid-connect|shibboleth|adfs|federat\w*|social)([/?._-]|$)"
    r"|/(auth|login|signin|connect)/(google|github|gitlab|microsoft|azure|facebook|apple|okta|oidc"
    r"|saml|sso|keycloak|openid|provider|external)",
    re.I,
)
_CALLED_SOCIAL = re.compile(r"\b(sso|oauth2?|oidc|saml|social|provider|idp|federated)\b", re.I)
_SIGN_IN_PATH = re.compile(r"(log|sign)[-_]?(in|on)\b|/auth(enticate)?\b|/session/new", re.I)
_METHODS = (
    ("recovery", "recovery_code"),
    ("passkey", "passkey"),
    ("totp", "app"),
    ("sms", "sms"),
    ("push", "elsewhere"),
    ("sms", "phone"),
    ("email", "email"),
)
_CHOICE = frozenset({"radio", "option"})
_LEADING = frozenset(
    {
        "use_password", "provider", "company", "with", "consent", "go_on", "accept", "manual",
        "recovery_code", "passkey", "app", "sms", "phone", "email", "elsewhere", "another",
        "sign_in",
    }
)  # fmt: skip
_NO_PROVIDER = frozenset({"password", "passkey", "phone", "recovery_code", "sign_out", "forgot"})


def read_ways(look: RawLook, frame: int, forms: Iterable[Form]) -> list[Way]:
    """List the ways that lead on from a document whose forms were read, best first."""
    words = vocabulary()
    here = tuple(form for form in forms if form.frame == frame)
    texts = [line.text for line in look.lines]
    scene = Scene(look, frame, here, words.kinds(look.title, *texts))
    controls = list(controls_of(scene))
    ways = [*ways_past(scene, controls), *_terms(scene, controls)]
    past = {way.button.key for way in ways}
    for control in controls:
        # Most links of a page say nothing of signing in: one test for all of them.
        if control.kind == "checkbox":
            continue
        if control.said & _LEADING or _LEADS_OUT.search(control.target):
            way = _way(scene, control)
            if way is not None and way.button.key not in past:
                ways.append(way)
    return sorted(ways, key=lambda way: -way.score)


def _way(scene: Scene, control: Control) -> Way | None:
    """Name what a control leads to, where it is one of the ways."""
    for kind, score in (
        (WayKind.PASSWORD, _password(scene, control)),
        (WayKind.CONSENT, _consent(scene, control)),
        (WayKind.PROVIDER, _provider(scene, control)),
        (WayKind.PROVIDER, _elsewhere(scene, control)),
        (WayKind.MANUAL, _manual(scene, control)),
    ):
        if score > 0:
            return Way(kind, scene.button(control), control.host, score=score)
    method = _method(scene, control)
    if method:
        submit = _chooser(scene, control) if control.kind in _CHOICE else None
        button = scene.button(control)
        return Way(WayKind.METHOD, button, control.host, method, submit, 2.0)
    for kind, score in (
        (WayKind.ANOTHER, _another(scene, control)),
        (WayKind.SIGN_IN, _sign_in(scene, control)),
    ):
        if score > 0:
            return Way(kind, scene.button(control), control.host, score=score)
    return None


def _password(scene: Scene, control: Control) -> float:
    said = control.said
    if "use_password" not in said or said & {"forgot", "recovery", "show", "new", "sign_up"}:
        return 0.0
    return 0.0 if scene.has_password or control.kind == "radio" else 3.0


def _provider(scene: Scene, control: Control) -> float:
    said = control.said
    signs_up = "sign_up" in said and not said & {"sign_in", "with"}
    if said & {"cancel", "reject"}:
        return 0.0
    if said & _NO_PROVIDER or signs_up or control.kind == "radio":
        return 0.0
    named = bool(said & {"provider", "company"})
    if "email" in said and not named:
        return 0.0
    score = 2.0 * ("with" in said) + 1.5 * named
    leads_out = bool(_LEADS_OUT.search(urlsplit(control.target).path))
    # At a door a provider's bare name is enough where the address is one of such a protocol.
    at_a_door = bool(scene.forms) or "sign_in" in scene.said
    score += 1.5 * leads_out + 0.5 * (leads_out and at_a_door and len(control.text) <= _SHORT)
    score += 1.0 * bool(_CALLED_SOCIAL.search(control.called.replace("-", " ").replace("_", " ")))
    score += 0.5 * (control.group != 0 and named)
    plain = len(control.text) <= _SHORT and "sign_in" in said and named
    return score if score >= 2.0 or plain else 0.0


def _elsewhere(scene: Scene, control: Control) -> float:
    """Score a link to another site, on a page that asks for nothing, as the way to a provider."""
    own = urlsplit(scene.look.url).netloc
    goes_on = bool(control.said & {"go_on", "sign_in"}) and not control.said & _NO_PROVIDER
    leads_out = bool(control.host) and control.host != own
    title = vocabulary().kinds(scene.look.title)
    signs = "sign_in" in title or bool(_SIGN_IN_PATH.search(scene.look.url))
    fits = leads_out and goes_on and "sign_in" not in control.said and signs
    return 1.0 if fits and not scene.forms and len(control.text) <= _SHORT else 0.0


def _consent(scene: Scene, control: Control) -> float:
    said = control.said
    refuses = said & {"cancel", "reject", "sign_out", "another"}
    if refuses or control.kind in ("a", "radio") or scene.forms:
        return 0.0
    if _is_cookie(scene, control) or "terms" in said | scene.said:
        return 0.0
    if "asks_access" not in scene.said:
        return 1.0 if "go_on" in said and _asks_yes_or_no(scene) else 0.0
    score = 3.0 * ("consent" in said) + 1.5 * bool(said & {"go_on", "accept"})
    return score + 1.0 * (control.kind == "submit") if score else 0.0


def asks_terms(scene: Scene) -> bool:
    """Tell whether a page without a form is small and speaks of terms: it asks to accept them."""
    return "terms" in scene.said and not scene.forms and len(scene.look.lines) <= _LONG_PAGE


def _terms(scene: Scene, controls: Iterable[Control]) -> list[Way]:
    """Name the box to tick and the button after it, or the button alone, that accept terms."""
    if not asks_terms(scene):
        return []
    shown = list(controls)
    boxes = [c for c in shown if c.kind == "checkbox" and c.said & {"terms", "accept", "consent"}]
    agreeing = [
        c
        for c in shown
        if c.kind in ("submit", "button", "image", "click")
        and c.said & {"accept", "consent", "go_on"}
        and not c.said & {"cancel", "reject"}
        and not c.layer
    ]
    if not agreeing:
        return []
    button = scene.button(max(agreeing, key=lambda c: bool(c.said & {"accept", "consent"})))
    if boxes:
        return [Way(WayKind.TERMS, scene.button(boxes[0]), submit=button, score=2.0)]
    return [Way(WayKind.TERMS, button, score=2.0)]


def _asks_yes_or_no(scene: Scene) -> bool:
    """Tell whether a page is nothing but a question with a button to refuse and one to go on."""
    words = vocabulary()
    shown = [words.kinds(b.text or b.hint) for b in scene.look.buttons if b.visible]
    small = len(shown) == _YES_AND_NO and len(scene.look.lines) <= _FEW_LINES
    asked = any(_QUESTION.search(line.text) for line in scene.look.lines)
    return small and asked and any("cancel" in kinds for kinds in shown)


def _manual(scene: Scene, control: Control) -> float:
    said = control.said
    fits = "manual" in said and not said & {"resend", "recovery_code", "sms", "forgot"}
    has_code = any(form.code for form in scene.forms)
    return 2.5 if fits and not has_code and scene.asks_code else 0.0


def _method(scene: Scene, control: Control) -> str:
    said = control.said
    if not scene.asks_code or scene.has_password or said & {"resend", "cancel", "forgot", "trust"}:
        return ""
    if "provider" in said and "app" not in said:
        return ""
    return next((method for method, kind in _METHODS if kind in said), "")


def _another(scene: Scene, control: Control) -> float:
    said = control.said
    if "another" not in said or said & {"forgot", "newsletter", "search", "resend"}:
        return 0.0
    speaks = bool(scene.forms) or scene.asks_code or "sign_in" in scene.said
    return 1.5 if speaks and control.kind != "radio" else 0.0


def _sign_in(scene: Scene, control: Control) -> float:
    said = control.said
    if control.kind == "radio" or said & {"sign_up", "forgot", "sign_out", "newsletter", "search"}:
        return 0.0
    by_mail = "email" in said and bool(said & {"with", "sign_in"}) and not scene.forms
    if not by_mail and ("sign_in" not in said or len(control.text) > _SHORT):
        return 0.0
    score = 1.0 + 1.0 * bool(_SIGN_IN_PATH.search(urlsplit(control.target).path))
    return score + 0.5 * (len(said - {"sign_in", "username"}) == 0)


def _chooser(scene: Scene, control: Control) -> Button | None:
    """Find the button that sends a choice: of its own form first, the one that goes on."""
    words = vocabulary()

    def score(button: RawButton) -> float:
        said = words.kinds(button.text or button.hint)
        fits = 2.0 * (button.group == control.group) + 2.0 * bool(said & {"go_on", "sign_in"})
        fits += 1.0 * (button.type == "submit")
        return fits - 5.0 * bool(said & {"cancel", "resend", "another"})

    shown = [b for b in scene.look.buttons if b.visible and b.type not in _CHOICE]
    best = max(shown, key=score, default=None)
    if best is None or score(best) <= 0:
        return None
    key = f"{scene.look.document}#{best.key}"
    return Button(key, Spot(scene.frame, best.path, key), best.text or best.hint, best.enabled)


def _is_cookie(scene: Scene, control: Control) -> bool:
    return any("cookie" in said for _, said in layers_of(scene, control))
