"""Which second factor to answer, and by which way to get to one that can be answered. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import Action, FillCode, Finish, Take, Wait
from agent.login.observation import WayKind
from agent.login.outcome import Outcome

if TYPE_CHECKING:
    from agent.login.observation import Field, Form, Observation, Way
    from agent.login.progress import Progress

MOST_CODES = 2
OTHER_WAY_PATIENCE = 2.0  # seconds a page that waits for a person may take to offer something else
LARGEST_SKEW = 30  # seconds; a code of a clock further off is never the right one
_LEADS_ON = (WayKind.MANUAL, WayKind.ANOTHER)
_TOTP = "totp"
PASSKEY_HINT = (
    "the site asks for a passkey and nothing else; allow a password or a one-time code for this "
    "account at the site, or sign in by hand"
)
_ASKED = {
    "email": "It sends a code by e-mail.",
    "sms": "It sends a code by text message.",
    "recovery": "It asks for a recovery code.",
    _TOTP: "It asks for a code of an authenticator app.",
}


def answer_code(seen: Observation, form: Form, code: Field, progress: Progress) -> Action:
    """Answer a form that asks for a code, or go to one that can be answered."""
    if not progress.password_sent and (way := _open_way(seen, progress, WayKind.PASSWORD)):
        return Take(way)
    if (better := _better(seen, form, progress)) is not None:
        return Take(better)
    method = progress.answering(form.method)
    if method is None:
        way = other_way(seen, progress)
        return Take(way) if way else no_method(seen, form.method)
    if progress.codes >= MOST_CODES:
        return Finish(Outcome.MFA_REJECTED)
    return FillCode(code, method.name)


def other_way(seen: Observation, progress: Progress) -> Way | None:
    """Give a way to a factor the account can answer: one by name, else one that shows others."""
    for method in progress.methods:
        for way in seen.ways:
            if way.method and _choosable(way, progress) and way.method in method.kinds:
                return way
    return _open_way(seen, progress, *_LEADS_ON)


def without_code(seen: Observation, progress: Progress) -> Action | None:
    """Choose where no field asks for a code but factors are offered, or one is waited for.

    None where the page is about no second factor.
    """
    asks = seen.elsewhere or seen.passkey
    lost = seen.signs.asks and progress.password_sent
    if not asks and not any(_about_factors(way, lost=lost) for way in seen.ways):
        return None
    if not progress.password_sent and (way := _open_way(seen, progress, WayKind.PASSWORD)):
        return Take(way)
    way = other_way(seen, progress)
    if way is not None:
        return Take(way)
    if progress.still < OTHER_WAY_PATIENCE:
        return Wait()
    return no_method(seen, "")


def no_method(seen: Observation, kind: str) -> Finish:
    """Finish where nothing that is asked for can be answered, and say what that is."""
    if seen.passkey:
        detail = "It asks for a passkey."
        return Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD, detail=detail, hint=PASSKEY_HINT)
    if seen.elsewhere:
        detail = "It waits for an answer on another device."
        return Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD, detail=detail)
    return Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD, detail=_ASKED.get(kind, ""))


def rejected(seen: Observation, said: str, progress: Progress) -> Action:
    """Answer a rejected code with the next one, where that may help."""
    form = seen.form
    again = any(m.repeats for m in progress.methods if m.name == progress.method)
    if abs(seen.signs.skew) > LARGEST_SKEW and progress.method == _TOTP:
        where = "behind" if seen.signs.skew > 0 else "ahead of"
        detail = f"This machine's clock is {abs(seen.signs.skew)} s {where} the site's."
        return Finish(Outcome.MFA_REJECTED, said, detail=detail, hint="set this machine's clock")
    if form is None or form.code is None or not again or progress.codes >= MOST_CODES:
        return Finish(Outcome.MFA_REJECTED, said)
    return FillCode(form.code, progress.method)


def _better(seen: Observation, form: Form, progress: Progress) -> Way | None:
    """Give the way to a code of the secret's own key, where the page would take another factor."""
    own_key = any(method.name == _TOTP for method in progress.methods)
    if form.method == _TOTP or progress.codes or not own_key:
        return None
    ways = [way for way in seen.ways if _choosable(way, progress) and way.method == _TOTP]
    return ways[0] if ways else None


def _about_factors(way: Way, *, lost: bool) -> bool:
    """Tell whether a page that holds this way is about a second factor.

    ``lost``: the page asks for something that was not understood; then any other way will do.
    """
    return way.kind is WayKind.METHOD or (lost and way.kind in _LEADS_ON)


def _choosable(way: Way, progress: Progress) -> bool:
    return way.kind is WayKind.METHOD and way.button.key not in progress.taken


def _open_way(seen: Observation, progress: Progress, *kinds: WayKind) -> Way | None:
    ways = [way for kind in kinds for way in seen.ways if way.kind is kind]
    return next((way for way in ways if way.button.key not in progress.taken), None)
