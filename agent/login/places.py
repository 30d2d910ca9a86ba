"""Where a secret may be typed, and which button leads there. Pure: origins and words, no page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.login.observation import WayKind
from agent.login.words import fold
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.observation import Observation, Way
    from agent.login.progress import Progress
    from agent.vault.origin import OriginPolicy

_LEADING = (WayKind.PROVIDER, WayKind.SIGN_IN)
_SHORTEST_NAME = 3
# Parts of host names that name nobody.
_PLAIN = frozenset({"www", "accounts", "account", "login", "auth", "sso", "com", "net", "org"})


def origin_of(url: str) -> str:
    """Return the origin of an address; empty for what has none."""
    try:
        return str(Origin.parse(url))
    except UsageError:
        return ""


def may_type(seen: Observation, progress: Progress) -> bool:
    """Tell whether the secret's list allows the form's frame and the page around it.

    Only what decides where to go: the hand that types checks every frame once more by itself.
    """
    return progress.origins is None or all(
        allows(progress.origins, place) for place in seen.signs.places
    )


def refused(seen: Observation, progress: Progress) -> str:
    """Say which origins the form is on and which the secret is for."""
    found = sorted({origin_of(place) or "no web address" for place in seen.signs.places})
    listed = ", ".join(progress.origins.texts()) if progress.origins else ""
    return f"The form is on {', '.join(found)}; the secret is for {listed}."


def named_way(seen: Observation, progress: Progress) -> Way | None:
    """Give the way whose text has the name the task gave (``via``), unless it was pressed."""
    wanted = fold(progress.via)
    if not wanted:
        return None
    return next((way for way in _open_ways(seen, progress) if wanted in fold(_text(way))), None)


def way_to_list(seen: Observation, progress: Progress) -> Way | None:
    """Give the way that leads to an origin of the secret's list.

    First one the task names, then one whose address says so, then one whose text names a host of
    the list, then any whose address only the site knows; each is pressed once.
    """
    named = named_way(seen, progress)
    if named:
        return named
    ways = _open_ways(seen, progress)
    here = origin_of(seen.url)
    elsewhere = [way for way in ways if way.host and not _is_host_of(way.host, here)]
    told = [way for way in elsewhere if progress.origins and _leads(way.host, progress.origins)]
    # A link called “Sign in” usually leads to the page it stands on.
    unknown = [way for kind in _LEADING for way in ways if way.kind is kind]
    unknown = [way for way in unknown if way not in elsewhere]
    alike = [way for way in unknown if progress.origins and _names(way, progress.origins.texts())]
    return next(iter((*told, *alike, *unknown)), None)


def _open_ways(seen: Observation, progress: Progress) -> list[Way]:
    return [way for way in seen.ways if way.kind in _LEADING and way.name not in progress.taken]


def _text(way: Way) -> str:
    return f"{way.button.text} {way.host}"


def allows(policy: OriginPolicy, url: str) -> bool:
    """Tell whether a secret with this list may go to an address."""
    try:
        return policy.allows(Origin.parse(url))
    except UsageError:
        return False


def _leads(host: str, policy: OriginPolicy) -> bool:
    return any(allows(policy, f"{scheme}://{host}") for scheme in ("https", "http"))


def _is_host_of(host: str, origin: str) -> bool:
    return any(origin_of(f"{scheme}://{host}") == origin for scheme in ("https", "http"))


def _names(way: Way, rules: Sequence[str]) -> bool:
    """Tell whether a button says the name of a host: “Google” and https://accounts.google.com."""
    said = set(fold(way.button.text).split())
    parts = {part for rule in rules for part in re.split(r"[^a-z]+", rule.partition("://")[2])}
    return bool({part for part in parts - _PLAIN if len(part) >= _SHORTEST_NAME} & said)
