"""What the site answered to something that was sent, where a form is still or again on the page.

Words come first, in any of the languages of ``words.json``; where the page says nothing its
behaviour is read: the same form again in a new document, emptied, marked as wrong, or standing
there after the site has answered. Text that stood on the page before is no answer. A page without a
form is judged in ``behind.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import Action, Finish, Wait
from agent.login.behind import behind
from agent.login.factors import rejected
from agent.login.news import about, fresh, in_words, said
from agent.login.observation import FormKind
from agent.login.outcome import Outcome
from agent.login.places import origin_of
from agent.login.progress import Part

if TYPE_CHECKING:
    from agent.login.news import News
    from agent.login.observation import Field, Form, Observation
    from agent.login.progress import Progress

ANSWER_PATIENCE = 12.0  # seconds without any answer
AGAIN_STILL = 0.4  # a form that is back without a word may yet say one, or be left at once
EMPTIED_STILL = 0.6  # a field emptied in place is given this long to become something else
UNSENT_PATIENCE = 1.5  # after this long without any request the button was pressed in vain
QUIET_STILL = 3.0  # the site has answered and the page stays as it was; messages take up to 2 s
ELSEWHERE_STILL = 3.0  # a form of another site may be passed through

_ASKS = {
    FormKind.IDENTIFIER: Part.USERNAME,
    FormKind.LOGIN: Part.PASSWORD,
    FormKind.CODE: Part.CODE,
}
_TRIED_AGAIN = "It asks for the password a second time."


def judge(seen: Observation, progress: Progress) -> Action | None:
    """Read the answer to the last submission; None: it asks for the next part."""
    news = fresh(seen, progress)
    form = seen.form
    if form is None:
        return behind(seen, progress, news)
    if seen.signs.proved and seen.document != progress.before.document:
        return Finish(Outcome.SIGNED_IN)
    stopped = in_words(news)
    if stopped:
        return stopped
    if _asks_for_more(form, seen, progress) or (unsent(seen, progress) and not news):
        return None
    if not _asks_again(seen, form, progress, news):
        return _wait(seen, progress, news)
    return _no(seen, form, progress, news)


def unsent(seen: Observation, progress: Progress) -> bool:
    """Tell whether the press came to nothing: the page was not listening yet, nothing has left.

    Pressing once more is no second try then; the site has not been told of the first.
    """
    before = progress.before
    return (
        progress.submitted in (Part.USERNAME, Part.PASSWORD)
        and not (progress.repressed or progress.tentative)
        and seen.document == before.document
        and (seen.sent, seen.signs.requests) == (before.sent, before.requests)
        and progress.waited >= UNSENT_PATIENCE
    )


def _asks_for_more(form: Form, seen: Observation, progress: Progress) -> bool:
    if progress.submitted is None or _ASKS[form.kind] > progress.submitted:
        return True
    # A login that begins at one site with the name and goes on at another asks for it again.
    return progress.submitted is Part.USERNAME and _elsewhere(seen, progress)


def _elsewhere(seen: Observation, progress: Progress) -> bool:
    return origin_of(seen.url) != origin_of(progress.before.url)


def _asks_again(seen: Observation, form: Form, progress: Progress, news: News) -> bool:
    """Tell whether the form is back, rather than still there."""
    if any("wrong" in notice.kinds for notice in news):
        return True
    if seen.busy:
        return False
    if seen.document != progress.before.document:
        patience = ELSEWHERE_STILL if _elsewhere(seen, progress) else AGAIN_STILL
        return progress.still >= patience or (seen.captcha and not progress.before.captcha)
    before = progress.before
    nothing_left = (seen.sent, seen.signs.requests) == (before.sent, before.requests)
    if progress.still < EMPTIED_STILL or (nothing_left and not progress.repressed):
        return any(notice.alarm for notice in news) and progress.still >= AGAIN_STILL
    return _changed_in_place(seen, form, progress, news)


def _changed_in_place(seen: Observation, form: Form, progress: Progress, news: News) -> bool:
    """Tell whether a page that went nowhere shows that it was answered with a no."""
    field = _asked(form, progress)
    marked = field is not None and field.invalid and not progress.before.invalid
    emptied = field is not None and not field.filled
    if marked or emptied or form.key != progress.before.form:
        return True
    if any(notice.alarm for notice in news):
        return True
    answered = seen.sent > progress.before.sent
    refused = answered and 400 <= seen.signs.answer < 500
    return refused or (answered and progress.still >= QUIET_STILL)


def _asked(form: Form, progress: Progress) -> Field | None:
    return {
        Part.USERNAME: form.username,
        Part.PASSWORD: form.password,
        Part.CODE: form.code,
    }[progress.submitted or Part.USERNAME]


def _no(seen: Observation, form: Form, progress: Progress, news: News) -> Action:
    """Tell what a form that is back means."""
    if not any("wrong" in notice.kinds for notice in news):
        if seen.captcha and not progress.before.captcha:
            return Finish(Outcome.CAPTCHA)
        if _elsewhere(seen, progress):
            return Finish(Outcome.UNCERTAIN, said(news), detail=_TRIED_AGAIN)
    return _rejected(seen, form, progress, news)


def _rejected(seen: Observation, form: Form, progress: Progress, news: News) -> Action:
    # A second rejection is told in the words of the first: no news, yet what the page says.
    told = news if about(news, "wrong") or progress.codes <= 1 else (*news, *seen.notices)
    words = said(told)
    if progress.submitted is Part.CODE:
        if form.kind is FormKind.CODE:
            return rejected(seen, words, progress)
        return Finish(Outcome.MFA_REJECTED, words)
    about_code = about(news, "code") and not about(news, "password", "username", "email")
    if progress.with_code and about_code:
        return Finish(Outcome.MFA_REJECTED, words)
    if progress.code_left_empty and (about_code or not words):
        return Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD, words)
    return Finish(Outcome.BAD_CREDENTIALS, words)


def _wait(seen: Observation, progress: Progress, news: News) -> Action:
    if progress.waited < ANSWER_PATIENCE or seen.busy:
        return Wait()
    if seen.signs.answer >= 500:
        detail = f"Its status was {seen.signs.answer}."
        return Finish(Outcome.SITE_ERROR, said(news), detail=detail)
    sent = seen.sent > progress.before.sent
    detail = "The form is still there." if sent else "The page has sent nothing."
    return Finish(Outcome.UNCERTAIN, said(news), detail=detail)
