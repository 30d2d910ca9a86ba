"""What a page without a form says after something was sent: let in, refused, or more to come.

Success is proved: by the step's own expectation, else by the form being gone together with a
session (cookies or storage that are new, an ``Authorization`` the page now sends, a way to sign
out, or the form's own address no longer asking) on a page that is no error. What proves nothing is
uncertain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import Action, Dismiss, Finish, Revisit, Take, Wait
from agent.login.factors import without_code
from agent.login.news import in_words, said
from agent.login.observation import WayKind
from agent.login.outcome import Outcome
from agent.login.places import origin_of
from agent.login.progress import Part

if TYPE_CHECKING:
    from agent.login.news import News
    from agent.login.observation import Observation, Way
    from agent.login.progress import Progress

NEW_PAGE_STILL = 0.15  # seconds a page without a form must stand still to count as behind it
SAME_PAGE_STILL = 0.8
BUSY_STILL = 0.5
ABROAD_STILL = 1.5  # a page of another site than the one set out from is usually passed through
BLANK_STILL = 3.0
REVISIT_STILL = 1.0
PROOF_PATIENCE = 12.0  # seconds for a proof of success to come
ASKED_PATIENCE = 4.0
MOST_DISMISSALS = 2
_TERMS_HINT = 'accept them by hand, or let the step do it: "accept_terms": true'
_ABOUT_WHO = frozenset({"password", "username", "email", "code"})


def behind(seen: Observation, progress: Progress, news: News) -> Action:
    """Judge a page without a form."""
    if seen.signs.proved:
        return Finish(Outcome.SIGNED_IN)
    moved = seen.document != progress.before.document
    broken = _broken(seen, moved=moved, news=news)
    if broken:
        return broken
    way = consent(seen, progress)
    if way is not None:
        return Take(way)
    if _arrived(seen, progress, moved=moved) and seen.signed_in:
        return _expired(seen, news) or _inside(seen, progress)
    refusal = _refusal(seen, progress, news)
    if refusal:
        return refusal
    if any("site_error" in notice.kinds for notice in news) and seen.status >= 400:
        return Finish(Outcome.SITE_ERROR, said(news), detail=f"Its status was {seen.status}.")
    return without_code(seen, progress) or _settle(seen, progress, news, moved=moved)


def consent(seen: Observation, progress: Progress) -> Way | None:
    """Give the button that lets one site know of the account at another, on a page that asks so."""
    if not (progress.password_sent or progress.username_sent or progress.taken):
        return None
    way = seen.way(WayKind.CONSENT)
    return way if way and way.button.key not in progress.taken else None


def dismissal(seen: Observation, progress: Progress) -> Way | None:
    """Give the button that presses away what stands in the way."""
    if progress.dismissed >= MOST_DISMISSALS:
        return None
    ways = [way for way in seen.ways if way.kind is WayKind.DISMISS]
    return next((way for way in ways if way.button.key not in progress.taken), None)


def _settle(seen: Observation, progress: Progress, news: News, *, moved: bool) -> Action:
    """Judge a page that neither says no nor shows a way out."""
    if _calm(seen, progress, moved=moved):
        if seen.new_passwords:
            return Finish(Outcome.PASSWORD_EXPIRED, said(news))
        if seen.terms:
            return _terms(seen, progress)
        if _let_in(seen, progress, moved=moved):
            return _inside(seen, progress)
        if not seen.signs.asks and _unproved(seen, progress, moved=moved):
            return Revisit()
        if way := dismissal(seen, progress):
            return Dismiss(way)
    elif _restless(seen, progress, moved=moved):
        return _inside(seen, progress)
    return _wait(seen, progress, news)


def _terms(seen: Observation, progress: Progress) -> Action:
    """Accept new terms where the task says so; otherwise that is for a person to do."""
    way = seen.way(WayKind.TERMS)
    if progress.accepting and way and way.button.key not in progress.taken:
        return Take(way)
    detail = "It asks to accept new terms, which is left to a person."
    return Finish(Outcome.UNCERTAIN, detail=detail, hint=_TERMS_HINT)


def _inside(seen: Observation, progress: Progress) -> Action:
    """Finish, after what lies over the first page is pressed away."""
    way = dismissal(seen, progress)
    if way is not None:
        return Dismiss(way)
    if seen.signs.proved is None:
        return Finish(Outcome.SIGNED_IN)
    if progress.waited < PROOF_PATIENCE:
        return Wait()
    return Finish(Outcome.UNCERTAIN, detail="It looks signed in, but what is expected is not seen.")


def _broken(seen: Observation, news: News, *, moved: bool) -> Finish | None:
    if moved and seen.status >= 500:
        return Finish(Outcome.SITE_ERROR, said(news), detail=f"Its status was {seen.status}.")
    if moved and seen.status == 429:
        detail = "It answered: too many requests."
        return Finish(Outcome.RATE_LIMITED, said(news), detail=detail)
    return None


def _arrived(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    before = progress.before
    went_on = moved or seen.url != before.url or seen.sent > before.sent
    return went_on and (not _abroad(seen, progress) or progress.still >= ABROAD_STILL)


def _abroad(seen: Observation, progress: Progress) -> bool:
    return bool(progress.home) and origin_of(seen.url) != progress.home


def _expired(seen: Observation, news: News) -> Finish | None:
    """Tell of a page with a way out that still lets nobody past it."""
    if not seen.new_passwords:
        return None
    told = next((notice for notice in news if "expired" in notice.kinds), None)
    return Finish(Outcome.PASSWORD_EXPIRED, told.text) if told else None


def _refusal(seen: Observation, progress: Progress, news: News) -> Finish | None:
    """Read a page that has no form and says no."""
    stopped = in_words(news)
    if stopped:
        return stopped
    if seen.captcha and progress.still >= SAME_PAGE_STILL:
        return Finish(Outcome.CAPTCHA)
    wrong = [n for n in news if "wrong" in n.kinds and (n.alarm or n.kinds & _ABOUT_WHO)]
    if not wrong:
        return None
    code = progress.submitted is Part.CODE
    return Finish(Outcome.MFA_REJECTED if code else Outcome.BAD_CREDENTIALS, wrong[0].text)


def _calm(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    """Tell whether the page stands still for long enough to be judged as it is."""
    if progress.submitted is Part.USERNAME or (seen.status >= 400 and moved):
        return False
    # A page behind may go on asking its server for this and that; a session is there already.
    went = moved or seen.url != progress.before.url
    if seen.busy and not (went and seen.signs.session and progress.still >= BUSY_STILL):
        return False
    patience = NEW_PAGE_STILL if moved else SAME_PAGE_STILL
    if _abroad(seen, progress):
        patience = ABROAD_STILL
    return progress.still >= (BLANK_STILL if seen.blank else patience)


def _restless(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    """Tell whether a page never stands still, and there is a session all the same."""
    late = progress.waited >= PROOF_PATIENCE and not (seen.blank or seen.status >= 400)
    plain = not (seen.new_passwords or seen.terms or progress.submitted is Part.USERNAME)
    return late and plain and _let_in(seen, progress, moved=moved)


def _let_in(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    proof = seen.signs.session or progress.asks_again is False
    return proof and not seen.signs.asks and _arrived(seen, progress, moved=moved)


def _unproved(seen: Observation, progress: Progress, *, moved: bool) -> bool:
    """Tell whether only the form's own address can show that a session came about.

    Some sites give a visitor a session before the sign-in, and go on with the same one. Where every
    page has one address, looking at it once more shows the same page and proves nothing.
    """
    return (
        progress.asks_again is None
        and bool(progress.door)
        and origin_of(progress.door) == progress.home
        and seen.url.partition("?")[0] != progress.door.partition("?")[0]
        and progress.still >= REVISIT_STILL
        and _arrived(seen, progress, moved=moved)
    )


def _wait(seen: Observation, progress: Progress, news: News) -> Action:
    # An address that still asks has answered already.
    patience = ASKED_PATIENCE if progress.asks_again else PROOF_PATIENCE
    if progress.waited < patience or progress.still < SAME_PAGE_STILL or seen.busy:
        return Wait()
    if seen.signs.asks:
        detail = "The form is gone, and another asks for what was not understood."
        return Finish(Outcome.UNCERTAIN, said(news), detail=detail)
    status = f" (HTTP {seen.status})" if seen.status else ""
    told = "came" if seen.signs.session else "did not come"
    detail = f"The form is gone{status}, a session {told} about, no way to sign out is seen."
    return Finish(Outcome.UNCERTAIN, said(news), detail=detail)
