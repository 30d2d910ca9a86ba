"""What to do next, from what is seen and what was done. Pure: no page, no clock, no secret.

The bounds: at most 8 presses and 8 fields typed, one submission of the password, two codes (the
second only after the site has rejected the first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import (
    Action,
    Authenticate,
    Dismiss,
    FillCode,
    FillPassword,
    FillUsername,
    Finish,
    Revisit,
    Submit,
    Take,
    Tick,
    Wait,
)
from agent.login.behind import dismissal
from agent.login.factors import answer_code, no_method
from agent.login.front import before_form, elsewhere
from agent.login.observation import FormKind, WayKind
from agent.login.outcome import Outcome
from agent.login.places import may_type, named_way
from agent.login.verdict import judge, unsent

if TYPE_CHECKING:
    from agent.login.observation import Field, Form, Observation
    from agent.login.progress import Progress

MOST_MOVES = 8
MOST_FILLS = 8
LOADING_PATIENCE = 5.0  # a page that shows its form and goes on loading is filled nevertheless
LEAVING_PATIENCE = 4.0  # seconds for a press to lead somewhere
BUSY_PATIENCE = 20.0  # and while its answer is under way
COVER_PATIENCE = 2.0  # what covers a form may go by itself
ASKING_PATIENCE = 0.6
BUTTON_PATIENCE = 2.0  # a button that stays disabled is gone round with Enter
# A page that sends the code by itself does so at the last digit: look before pressing anything.
OWN_SUBMIT_GRACE = 0.04
BOXES_GRACE = 0.12


def decide(seen: Observation, progress: Progress) -> Action:
    """Choose the next action; one that gives nothing away while ``progress.only_looks``."""
    action = _chosen(seen, progress)
    if progress.only_looks and not isinstance(action, (Dismiss, Finish, Revisit, Take, Wait)):
        return Finish(Outcome.NO_LOGIN_FORM)
    return action


def _chosen(seen: Observation, progress: Progress) -> Action:
    if seen.signs.challenge:
        return _challenged(seen, progress)
    if not seen.ready and (seen.form is None or progress.still < LOADING_PATIENCE):
        return Wait()
    action = _next(seen, progress)
    if isinstance(action, (Wait, Finish, Tick, Revisit)):
        return action
    if isinstance(action, (FillUsername, FillPassword, FillCode)):
        if progress.fills < MOST_FILLS:
            return action
        return Finish(Outcome.UNCERTAIN, detail=f"{MOST_FILLS} fields were filled in vain.")
    if progress.moves < MOST_MOVES:
        return action
    return Finish(Outcome.UNCERTAIN, detail=f"{MOST_MOVES} moves led nowhere.")


def _challenged(seen: Observation, progress: Progress) -> Action:
    """Answer the browser's own login once; a second one after it is a no."""
    if progress.authenticated:
        return Finish(Outcome.BAD_CREDENTIALS)
    if progress.password_sent:
        return Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time.")
    return Authenticate(seen.signs.challenge)


def _next(seen: Observation, progress: Progress) -> Action:
    if progress.leaving and _unmoved(seen, progress):
        return Wait()
    if progress.submitted and not (progress.tentative and _untouched(seen, progress)):
        verdict = judge(seen, progress)
        if verdict is not None:
            return verdict
    if seen.form is None:
        return before_form(seen, progress)
    if not may_type(seen, progress):
        return elsewhere(seen, progress)
    if not progress.submitted and (way := named_way(seen, progress)):
        return Take(way)
    return _in_the_way(seen, progress) or _next_in(seen, seen.form, progress)


def _unmoved(seen: Observation, progress: Progress) -> bool:
    """Tell whether the page still stands as it stood when a way was pressed."""
    left = progress.left
    form = seen.form.key if seen.form else ""
    ways = frozenset(way.button.key for way in seen.ways)
    same = (seen.document, seen.url, form, ways) == (left.document, left.url, left.form, left.ways)
    return same and progress.waited < (BUSY_PATIENCE if seen.busy else LEAVING_PATIENCE)


def _untouched(seen: Observation, progress: Progress) -> bool:
    """Tell whether a page with a freshly typed code still waits for its button."""
    before = progress.before
    return (
        seen.document == before.document
        and seen.sent == before.sent
        and seen.form is not None
        and seen.form.key == before.form
    )


def _in_the_way(seen: Observation, progress: Progress) -> Action | None:
    """Deal with what keeps a person from this form: a captcha, or something that lies over it."""
    if seen.captcha and not progress.helped:
        return Finish(Outcome.CAPTCHA)
    if not seen.covered:
        return None
    way = dismissal(seen, progress)
    if way is not None:
        return Dismiss(way)
    # After that the hand that types looks for itself, and refuses what is still covered.
    return Wait() if progress.waited < COVER_PATIENCE else None


def _next_in(seen: Observation, form: Form, progress: Progress) -> Action:
    if form.code and form.kind is FormKind.CODE and not _typed(form.code, progress):
        return answer_code(seen, form, form.code, progress)
    if form.password and progress.password_sent and not unsent(seen, progress):
        return Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time.")
    way = seen.way(WayKind.PASSWORD)
    if way and not (form.password or form.code) and way.button.key not in progress.taken:
        return Take(way)
    filling = _next_field(seen, form, progress) or _trust(form, progress)
    if filling is not None:
        return filling
    # What the page asks its server after the last key may be what it sends along.
    if seen.busy and progress.waited < ASKING_PATIENCE:
        return Wait()
    return _submit(form, progress)


def _next_field(seen: Observation, form: Form, progress: Progress) -> Action | None:
    # The second page of an identifier-first login often repeats the name it was given.
    repeated = progress.username_sent and form.username is not None and form.username.filled
    if form.username and not repeated and not _typed(form.username, progress):
        return FillUsername(form.username)
    if form.password and not _typed(form.password, progress):
        return FillPassword(form.password)
    if form.code and form.password and not _typed(form.code, progress):
        return _beside(seen, form, form.code, progress)
    return None


def _trust(form: Form, progress: Progress) -> Action | None:
    """Tick the box only where the task says so."""
    if not progress.trusting or form.trust is None or form.trust.key in progress.filled:
        return None
    return Tick(form.trust)


def _beside(seen: Observation, form: Form, code: Field, progress: Progress) -> Action | None:
    """Answer a code asked for beside the password, which may be for other accounts."""
    method = progress.answering(form.method)
    if method is None:
        # Only a required one says that it is not.
        return no_method(seen, form.method) if code.required else None
    if progress.codes:
        return Finish(Outcome.MFA_REJECTED)
    return FillCode(code, method.name)


def _typed(field: Field, progress: Progress) -> bool:
    return field.key in progress.filled and field.filled


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
