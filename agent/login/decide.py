"""What to do next, from what is seen and what was done. Pure: no page, no clock, no secret.

The bounds: at most 8 moves, one submission of the password, two codes (the second only after the
site has said in words that the first was wrong).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import (
    Action,
    FillCode,
    FillPassword,
    FillUsername,
    Finish,
    Submit,
    Wait,
)
from agent.login.observation import FormKind
from agent.login.outcome import Outcome
from agent.login.verdict import judge

if TYPE_CHECKING:
    from agent.login.observation import Field, Form, Observation
    from agent.login.progress import Progress

MOST_MOVES = 8
MOST_CODES = 2
FORM_PATIENCE = 4.0  # seconds a page without a form may stand still before it has none
BLANK_PATIENCE = 10.0  # and one that shows nothing yet
CAPTCHA_PATIENCE = 3.0  # some interstitials let a browser through by themselves
BUTTON_PATIENCE = 2.0  # a button that stays disabled is gone round with Enter
# A page that sends the code by itself does so at the last digit: look before pressing anything.
OWN_SUBMIT_GRACE = 0.04
BOXES_GRACE = 0.12


def decide(seen: Observation, progress: Progress) -> Action:
    """Choose the next action."""
    if not seen.ready:
        return Wait()
    if progress.submitted and not (progress.tentative and _untouched(seen, progress)):
        verdict = judge(seen, progress)
        if verdict is not None:
            return verdict
    if seen.form is None:
        return _without_form(seen, progress)
    if seen.captcha:
        return Finish(Outcome.CAPTCHA)
    action = _next_in(seen.form, progress)
    if progress.moves >= MOST_MOVES and not isinstance(action, (Wait, Finish)):
        return Finish(Outcome.UNCERTAIN, detail=f"{MOST_MOVES} moves led nowhere.")
    return action


def _untouched(seen: Observation, progress: Progress) -> bool:
    """Tell whether a page with a freshly typed code still waits for its button."""
    before = progress.before
    return (
        seen.document == before.document
        and seen.sent == before.sent
        and seen.form is not None
        and seen.form.key == before.form
    )


def _without_form(seen: Observation, progress: Progress) -> Action:
    if seen.status >= 500:
        return Finish(Outcome.SITE_ERROR, detail=f"Its status was {seen.status}.")
    if seen.signed_in:
        return Finish(Outcome.SIGNED_IN if progress.moves else Outcome.ALREADY_SIGNED_IN)
    locked = next((notice for notice in seen.notices if "locked" in notice.kinds), None)
    if locked and progress.still >= CAPTCHA_PATIENCE:
        return Finish(Outcome.LOCKED, locked.text)
    if seen.captcha and progress.still >= CAPTCHA_PATIENCE:
        return Finish(Outcome.CAPTCHA)
    if progress.still >= (BLANK_PATIENCE if seen.blank or seen.busy else FORM_PATIENCE):
        return Finish(Outcome.NO_LOGIN_FORM)
    return Wait()


def _next_in(form: Form, progress: Progress) -> Action:
    if form.kind is FormKind.CODE and not progress.methods:
        return Finish(Outcome.MFA_UNSUPPORTED)
    if form.password and progress.password_sent:
        return Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time.")
    filling = _next_field(form, progress)
    return filling if filling is not None else _submit(form, progress)


def _next_field(form: Form, progress: Progress) -> Action | None:
    # The second page of an identifier-first login often repeats the name it was given.
    repeated = progress.username_sent and form.username is not None and form.username.filled
    if form.username and not repeated and _open(form.username, progress):
        return FillUsername(form.username)
    if form.password and _open(form.password, progress):
        return FillPassword(form.password)
    if form.code and _open(form.code, progress):
        return _answer(form, form.code, progress)
    return None


def _answer(form: Form, code: Field, progress: Progress) -> Action | None:
    if not progress.methods:
        # A code beside a password may be for other accounts; only a required one says it is not.
        return Finish(Outcome.MFA_UNSUPPORTED) if code.required else None
    if progress.codes >= (1 if form.password else MOST_CODES):
        return Finish(Outcome.MFA_REJECTED)
    return FillCode(code, progress.methods[0])


def _open(field: Field, progress: Progress) -> bool:
    return field.key not in progress.filled or not field.filled


def _submit(form: Form, progress: Progress) -> Action:
    if progress.tentative and form.code:
        grace = BOXES_GRACE if len(form.code.spots) > 1 else OWN_SUBMIT_GRACE
        if progress.waited < grace:
            return Wait()
    field = form.code or form.password or form.username
    if form.password and form.code and not progress.tentative:
        field = form.password
    if field is None:
        return Finish(Outcome.NO_LOGIN_FORM)
    button = form.submit
    if button and not button.enabled:
        if progress.waited < BUTTON_PATIENCE:
            return Wait()
        button = None
    return Submit(button, field)
