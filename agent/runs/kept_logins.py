"""The kept sessions of one run: learnt before its browser opens, given to it, written back.

Whatever is wrong with a kept session, the run signs in as if there were none.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agent.artifacts.harvest import forms_of
from agent.browser.kept_state import BrowserState
from agent.browser.outgoing import KEPT
from agent.errors import RunnerError, UsageError, VaultDamaged
from agent.registry import Table
from agent.vault.kept_sessions import KeptSessions
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from agent.browser.session import Session
    from agent.browser.storing import Storing
    from agent.planner import Plan
    from agent.vault.audit import Trail
    from agent.vault.open import RunSecrets

MOST_VALUES: Final = 300
"""Values of a session that are looked for in all a run leaves; one with more is not kept."""

# A run that keeps nothing does not load it.
_STORING: Table[Any] = Table(
    "agent.browser",
    {"Storing": "storing:Storing", "given": "storing:given", "taken": "storing:taken"},
)
# Values the site gave to this very run: known to the matchers, and as free as in any other run.
_OWN: Final = "session.kept"
_ALTERED: Final = (
    "kept sessions were changed by something else than the vault and are not used; "
    "runner secrets sessions drop --all takes them away"
)


@dataclass(slots=True)
class KeptLogins:
    """What is kept of the logins of one run; ``told`` hears what a person should know.

    ``trail`` opens the vault's; ``fresh`` runs go on with nothing that was kept before.
    """

    run_id: str
    secrets: RunSecrets
    trail: Callable[[], Trail]
    told: Callable[[str], None]
    fresh: bool = False
    _live: dict[tuple[str, str], BrowserState] = field(default_factory=dict, repr=False)
    _told_of: set[str] = field(default_factory=set)

    async def load(self, plan: Plan) -> None:
        """Teach the run's matchers what is kept, before anything of it can be anywhere."""
        slots = {use.slot for step in plan.every() for use in step.uses() if use.keeps}
        if self.fresh or not slots:
            return
        try:
            for slot in sorted(slots):
                card = self.secrets[slot].card
                for kept in await asyncio.to_thread(self._vault().read, card):
                    state = BrowserState.from_bytes(kept.state)
                    if state is not None:
                        self._learn(f"{slot}.{KEPT}", _tokens(state))
        except VaultDamaged:
            self.told(_ALTERED)
            self.fresh = True

    async def resumed(
        self,
        browser: Session,
        slot: str,
        start: str,
        holds: Callable[[], Awaitable[bool]],
        *,
        wipes: bool = True,
    ) -> bool | None:
        """Go on with the session kept for the origin of ``start``; None where there is none.

        ``holds`` shows whether the site takes the browser for signed in; where it does not, the
        browser is emptied of the session again, unless the step ``wipes`` nothing.
        """
        origin = _origin(start)
        state = await self._found(slot, origin) if origin else None
        if state is None:
            return None
        self._learn(f"{slot}.{KEPT}", _tokens(state))
        storing = self._storing(browser, slot)
        if await _STORING["given"](storing, state) and await holds():
            self._live[slot, origin] = state
            self._tell_of_held_back(browser)
            return True
        self.told(f"the session kept for {slot} does not hold any more: signing in")
        self._tell_of_held_back(browser)
        if wipes:
            await storing.wipe(state)
        return False

    async def signed_in(self, browser: Session, slot: str, start: str) -> None:
        """Keep the session of a sign-in that has just been shown to work."""
        origin = _origin(start)
        if origin:
            await self._keep(browser, slot, origin, None)

    async def signed_out(self) -> None:
        """Drop what this run has kept or gone on with: the site has ended it."""
        for slot, origin in tuple(self._live):
            del self._live[slot, origin]
            card = self.secrets[slot].card
            drop = self._vault().drop
            await asyncio.to_thread(drop, card, origin, why="signed_out")

    async def write_back(self, browser: Session) -> None:
        """Keep the sessions as they are at the end of the run: sites exchange their tokens."""
        for (slot, origin), before in tuple(self._live.items()):
            await self._keep(browser, slot, origin, before)
        if self._live:
            self._tell_of_held_back(browser)

    async def _keep(
        self, browser: Session, slot: str, origin: str, before: BrowserState | None
    ) -> None:
        state = await _STORING["taken"](self._storing(browser, slot), before)
        if state is None or (before and state.to_bytes() == before.to_bytes()):
            return
        if state.is_empty:
            self._once(f"{slot}: the site left nothing that a session could be kept by")
            return
        values = _tokens(state)
        if len(values) > MOST_VALUES:
            self._once(f"{slot}: the session holds {len(values)} values and is not kept")
            return
        self._learn(_OWN, values)
        for name in state.left:
            self._once(f"{slot}: the database {name} cannot be kept with the session")
        try:
            await asyncio.to_thread(
                self._vault().keep, self.secrets[slot].card, origin, state.to_bytes()
            )
        except UsageError as error:
            self._once(f"{slot}: {error.message}")
            return
        self._live[slot, origin] = state

    async def _found(self, slot: str, origin: str) -> BrowserState | None:
        if self.fresh:
            return None
        try:
            kept = await asyncio.to_thread(self._vault().use, self.secrets[slot].card, origin)
        except VaultDamaged:
            self._once(_ALTERED)
            return None
        return None if kept is None else BrowserState.from_bytes(kept.state)

    def _tell_of_held_back(self, browser: Session) -> None:
        for place in sorted(browser.guard.cookies.held_back):
            self._once(
                f"{place} got nothing of the kept session: the secret may not go there; if it is "
                "the site's own, add it: runner secrets origins"
            )

    def _once(self, words: str) -> None:
        if words not in self._told_of:
            self._told_of.add(words)
            self.told(words)

    def _learn(self, label: str, values: Iterable[str]) -> None:
        find = self.secrets.redactor.find
        known = {value for value in values if _is_whole(find(value.encode()), value)}
        for value in values:
            if value not in known:
                self.secrets.learn(label, value)

    def _storing(self, browser: Session, slot: str) -> Storing:
        made: Storing = _STORING["Storing"](browser, slot, self.secrets[slot].card.origins)
        return made

    def _vault(self) -> KeptSessions:
        return KeptSessions(replace(self.trail(), run_id=self.run_id), self.secrets.fence)


def _tokens(state: BrowserState) -> frozenset[str]:
    return frozenset(form for value in state.values() for form in forms_of(value))


def _is_whole(found: Iterable[Any], value: str) -> bool:
    """Tell whether a value has a label already: marks keep the label a person knows."""
    length = len(value.encode())
    return any((place.start, place.end) == (0, length) for place in found)


def _origin(address: str) -> str:
    try:
        return str(Origin.parse(address))
    except RunnerError:
        return ""
