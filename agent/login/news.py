"""What a page says that it did not say before: the words that decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from agent.login.actions import Finish
from agent.login.observation import Notice
from agent.login.outcome import Outcome

if TYPE_CHECKING:
    from agent.login.observation import Observation
    from agent.login.progress import Progress

News: TypeAlias = Sequence[Notice]

_DECIDING = (
    ("locked", Outcome.LOCKED),
    ("rate_limited", Outcome.RATE_LIMITED),
    ("expired", Outcome.PASSWORD_EXPIRED),
)


def fresh(seen: Observation, progress: Progress) -> News:
    """List what the page says now and did not say before the last press."""
    return [notice for notice in seen.notices if notice.text not in progress.before.texts]


def in_words(news: News) -> Finish | None:
    """Finish where the page says in words why it lets nobody in, whatever was typed."""
    for kind, outcome in _DECIDING:
        for notice in news:
            # “Three tries are left before your account is locked” is no lock.
            if kind in notice.kinds and "tries_left" not in notice.kinds:
                return Finish(outcome, notice.text)
    return None


def about(news: News, *kinds: str) -> bool:
    """Tell whether any of the sentences speaks of one of these."""
    return any(kind in notice.kinds for notice in news for kind in kinds)


def said(news: News) -> str:
    """Give the sentence that tells best what went wrong; empty without one."""
    best = [n for n in news if n.alarm and "wrong" in n.kinds]
    best += [n for n in news if "wrong" in n.kinds] + [n for n in news if n.alarm]
    return best[0].text if best else ""
