"""What to do before a form that may be filled is found: wait, go on, sign in elsewhere. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.actions import Action, Dismiss, Finish, Take, Wait
from agent.login.behind import ABROAD_STILL, consent, dismissal
from agent.login.factors import without_code
from agent.login.news import in_words
from agent.login.observation import WayKind
from agent.login.outcome import Outcome
from agent.login.places import may_type, named_way, origin_of, refused, way_to_list

if TYPE_CHECKING:
    from agent.login.observation import Observation, Way
    from agent.login.progress import Progress

WAY_STILL = 0.15  # a page that has just appeared may still bring its form
ORIGIN_STILL = 1.0  # a page of another origin may be passed through
DISMISS_STILL = 1.0
CAPTCHA_PATIENCE = 3.0  # some interstitials let a browser through by themselves
FORM_PATIENCE = 4.0  # seconds a page without a form may stand still before it has none
BLANK_PATIENCE = 10.0  # and one that shows nothing yet


def before_form(seen: Observation, progress: Progress) -> Action:
    """Judge a page without a form to which nothing was submitted yet."""
    broken = _broken(seen)
    if broken:
        return broken
    way = consent(seen, progress)
    if way is not None:
        return Take(way)
    if seen.signs.proved or _inside(seen, progress):
        return _signed_in(progress)
    if progress.authenticated and seen.status in (401, 403):
        return in_words(seen.notices) or Finish(
            Outcome.BAD_CREDENTIALS, detail=f"Its status was {seen.status}."
        )
    stopped = _stopped(seen, progress)
    if stopped:
        return stopped
    way = _way_on(seen, progress)
    if way is not None:
        return Take(way) if progress.still >= WAY_STILL and not seen.busy else Wait()
    asked = without_code(seen, progress)
    if asked is not None:
        return asked
    return _still_nothing(seen, progress)


def elsewhere(seen: Observation, progress: Progress) -> Action:
    """Leave a form alone that the secret may not be typed into, and go where it may."""
    way = way_to_list(seen, progress)
    if way is not None:
        return Take(way)
    if progress.still < ORIGIN_STILL or seen.busy:
        return Wait()
    return Finish(Outcome.ORIGIN_REFUSED, detail=refused(seen, progress))


def _broken(seen: Observation) -> Finish | None:
    if seen.status >= 500:
        return Finish(Outcome.SITE_ERROR, detail=f"Its status was {seen.status}.")
    if seen.status == 429:
        return Finish(Outcome.RATE_LIMITED, detail="It answered: too many requests.")
    return None


def _inside(seen: Observation, progress: Progress) -> bool:
    """Tell whether this is a page behind a login that nothing was typed into, or HTTP's own."""
    if seen.signs.proved is False or seen.form:
        return False
    if progress.authenticated:
        return seen.status < 400 and not seen.busy
    if seen.signed_in:
        return True
    through_provider = bool(progress.taken) and origin_of(seen.url) == progress.home
    calm = progress.still >= ABROAD_STILL and not seen.busy and not seen.blank
    return through_provider and calm and seen.signs.session and seen.status < 400


def _signed_in(progress: Progress) -> Finish:
    return Finish(Outcome.SIGNED_IN if progress.moves else Outcome.ALREADY_SIGNED_IN)


def _stopped(seen: Observation, progress: Progress) -> Finish | None:
    if progress.still < CAPTCHA_PATIENCE:
        return None
    for kind, outcome in (("locked", Outcome.LOCKED), ("rate_limited", Outcome.RATE_LIMITED)):
        for notice in seen.notices:
            if kind in notice.kinds:
                return Finish(outcome, notice.text)
    return Finish(Outcome.CAPTCHA) if seen.captcha else None


def _way_on(seen: Observation, progress: Progress) -> Way | None:
    """Choose a way to the form: by the name given, to a password, to a sign-in, to a provider."""
    named = named_way(seen, progress)
    if named is not None:
        return named
    for kind in (WayKind.PASSWORD, WayKind.SIGN_IN):
        for way in seen.ways:
            if way.kind is kind and not {way.name, way.button.key} & progress.taken:
                return way
    return way_to_list(seen, progress)


def _still_nothing(seen: Observation, progress: Progress) -> Action:
    way = dismissal(seen, progress)
    if way is not None and progress.still >= DISMISS_STILL:
        return Dismiss(way)
    if progress.still < (BLANK_PATIENCE if seen.blank or seen.busy else FORM_PATIENCE):
        return Wait()
    if progress.taken and not may_type(seen, progress):
        return Finish(Outcome.ORIGIN_REFUSED, detail=refused(seen, progress))
    return Finish(Outcome.NO_LOGIN_FORM)
