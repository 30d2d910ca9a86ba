"""What the site answered to something that was sent: let in, rejected, or nothing yet.

Words come first, in any of the languages of ``words.json``; where the page says nothing its
behaviour is read: the same form again, in a new document or emptied. Text that stood on the page
before is no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import Action, Finish, Wait
from agent.login.observation import FormKind
from agent.login.outcome import Outcome
from agent.login.progress import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.observation import Field, Form, Notice, Observation
    from agent.login.progress import Progress

ANSWER_PATIENCE = 12.0  # seconds without any answer
EMPTIED_PATIENCE = 0.6  # a field emptied in place is given this long to become something else
NEW_PAGE_STILL = 0.15  # seconds a page without a form must stand still to count as behind it
SAME_PAGE_STILL = 0.8
BUSY_PATIENCE = 2.5

_ABOUT_WHO = frozenset({"password", "username", "email"})
_ASKS = {
    FormKind.IDENTIFIER: Part.USERNAME,
    FormKind.LOGIN: Part.PASSWORD,
    FormKind.CODE: Part.CODE,
}
_MOST_CODES = 2


def judge(seen: Observation, progress: Progress) -> Action | None:
    """Read the answer to the last submission; None: it asks for the next part."""
    news = [n for n in seen.notices if n.text not in progress.before.texts]
    if seen.form is None:
        return _without_form(seen, progress, news)
    locked = _first(news, "locked")
    if locked:
        return Finish(Outcome.LOCKED, locked.text)
    if _asks_for_more(seen.form, progress):
        return None
    if seen.captcha and not progress.before.captcha:
        return Finish(Outcome.CAPTCHA)
    if _asks_again(seen, seen.form, progress, news):
        return _rejected(seen, seen.form, progress, news)
    return _wait(seen, progress)


def _asks_for_more(form: Form, progress: Progress) -> bool:
    return progress.submitted is None or _ASKS[form.kind] > progress.submitted


def _asks_again(seen: Observation, form: Form, progress: Progress, news: Sequence[Notice]) -> bool:
    """Tell whether the form is back, rather than still there."""
    before = progress.before
    if seen.document != before.document:
        return True
    if any(notice.alarm or "wrong" in notice.kinds for notice in news):
        return True
    if seen.busy or progress.still < EMPTIED_PATIENCE:
        return False
    return form.key != before.form or _emptied(form, progress)


def _emptied(form: Form, progress: Progress) -> bool:
    field: Field | None = {
        Part.USERNAME: form.username,
        Part.PASSWORD: form.password,
        Part.CODE: form.code,
    }[progress.submitted or Part.USERNAME]
    return field is not None and not field.filled


def _rejected(
    seen: Observation, form: Form, progress: Progress, news: Sequence[Notice]
) -> Action | None:
    told = frozenset().union(*(n.kinds for n in news))
    # A second rejection is told in the words of the first: no news, yet what the page says.
    said = _said(news) or (_said(seen.notices) if progress.codes > 1 else "")
    if progress.submitted is Part.CODE:
        if form.kind is FormKind.CODE and "wrong" in told and progress.codes < _MOST_CODES:
            return None
        return Finish(Outcome.MFA_REJECTED, said)
    about_code = "code" in told and not told & _ABOUT_WHO
    if progress.with_code and about_code:
        return Finish(Outcome.MFA_REJECTED, said)
    if progress.code_left_empty and (about_code or not said):
        return Finish(Outcome.MFA_UNSUPPORTED, said)
    return Finish(Outcome.BAD_CREDENTIALS, said)


def _without_form(seen: Observation, progress: Progress, news: Sequence[Notice]) -> Action | None:
    moved = seen.document != progress.before.document
    if moved and seen.status >= 500:
        return Finish(Outcome.SITE_ERROR, _said(news), detail=f"Its status was {seen.status}.")
    went_on = moved or seen.url != progress.before.url or seen.sent > progress.before.sent
    if went_on and seen.signed_in:
        return Finish(Outcome.SIGNED_IN)
    refusal = _refusal(seen, progress, news, moved=moved)
    if refusal:
        return refusal
    if progress.submitted is Part.USERNAME or seen.blank or seen.new_passwords:
        return _wait(seen, progress)
    if went_on and _settled(seen, progress, moved=moved):
        return Finish(Outcome.SIGNED_IN)
    return _wait(seen, progress)


def _refusal(
    seen: Observation, progress: Progress, news: Sequence[Notice], *, moved: bool
) -> Finish | None:
    """Read a page that has no form and says no."""
    locked = _first(news, "locked")
    if locked:
        return Finish(Outcome.LOCKED, locked.text)
    if moved and seen.status == 429:
        return Finish(Outcome.LOCKED, _said(news), detail="It answered: too many requests.")
    if seen.captcha and progress.still >= SAME_PAGE_STILL:
        return Finish(Outcome.CAPTCHA)
    wrong = [
        n for n in news if "wrong" in n.kinds and (n.alarm or n.kinds & (_ABOUT_WHO | {"code"}))
    ]
    if not wrong:
        return None
    code = progress.submitted is Part.CODE
    return Finish(Outcome.MFA_REJECTED if code else Outcome.BAD_CREDENTIALS, wrong[0].text)


def _settled(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    if seen.status >= 400 and moved:
        return False
    if seen.busy and progress.waited < BUSY_PATIENCE:
        return False
    return progress.still >= (NEW_PAGE_STILL if moved else SAME_PAGE_STILL)


def _wait(seen: Observation, progress: Progress) -> Action:
    if progress.waited < ANSWER_PATIENCE or seen.busy:
        return Wait()
    said = _said([n for n in seen.notices if n.text not in progress.before.texts])
    return Finish(Outcome.UNCERTAIN, said)


def _first(news: Sequence[Notice], kind: str) -> Notice | None:
    return next((notice for notice in news if kind in notice.kinds), None)


def _said(news: Sequence[Notice]) -> str:
    best = [n for n in news if n.alarm and "wrong" in n.kinds]
    best += [n for n in news if n.alarm] + [n for n in news if "wrong" in n.kinds]
    return best[0].text if best else ""
