"""People of random roles create, bind, deploy, show and delete; a small model says what may be."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agent.errors import RunnerError
from agent.runner.deploying import Wish
from agent.runner.house import Proof
from agent.vault.policy import MODES, VISIBILITIES, Role
from tests.unit.runner.conftest import login, open_office

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("Ann's", "Bob's", "Carl's")
KEEPERS = {Role.OWNER, Role.ADMIN}
PEOPLE = {*KEEPERS, Role.EDITOR}

roles = st.sampled_from([*Role, None])
names = st.sampled_from(NAMES)
modes = st.sampled_from(MODES)


class Rights(RuleBasedStateMachine):
    """``there`` maps mode and name of each secret to its visibility; ``deployed`` to its slot."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rights-"))
        self.office = open_office(self.folder)
        self.task = self.office.task("LOGIN")
        self.there: dict[tuple[str, str], str] = {}
        self.deployed = ""

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.engine.dispose()
            shutil.rmtree(self.folder)

    def expect(self, allowed: bool, act: Callable[[], object]) -> bool:  # noqa: FBT001  a verdict
        """Let someone do something; it must work exactly when the model says so."""
        refused: RunnerError | None = None
        try:
            act()
        except RunnerError as error:
            refused = error
        assert (refused is None) is allowed, refused or "the model refuses this"
        return allowed

    @rule(role=roles, name=names, mode=modes, visibility=st.sampled_from(VISIBILITIES))
    def create(self, role: Role | None, name: str, mode: str, visibility: str) -> None:
        allowed = role in KEEPERS and (mode, name) not in self.there
        new = login(name, mode=mode, visibility=visibility)
        if self.expect(allowed, lambda: self.office.runner(role).keep(new)):
            self.there[mode, name] = visibility

    @rule(role=roles, name=names, mode=modes)
    def bind(self, role: Role | None, name: str, mode: str) -> None:
        allowed = (mode, name) in self.there and role in (PEOPLE if mode == "test" else KEEPERS)
        self.expect(
            allowed,
            lambda: self.office.runner(role).plan(self.task, {"LOGIN": name}, {}, mode),
        )

    @rule(role=roles, name=names, copy=st.booleans())
    def deploy(self, role: Role | None, name: str, *, copy: bool) -> None:
        test, live = ("test", name) in self.there, ("live", name) in self.there
        allowed = role in KEEPERS and ((copy and test and not live) or (not copy and live))
        deploying = self.office.runner(role).deploying
        wish = Wish(self.task, {"LOGIN": name}, [name] if copy else [])
        if self.expect(allowed, lambda: deploying.deploy(deploying.propose(wish))):
            self.there.setdefault(("live", name), self.there.get(("test", name), ""))
            self.deployed = name

    @precondition(lambda self: self.deployed)
    @rule(role=roles)
    def run_deployment(self, role: Role | None) -> None:
        allowed = role is not None and ("live", self.deployed) in self.there
        self.expect(
            allowed and self.bound_lives(),
            lambda: self.office.runner(role).deploying.plan("Guests", None, {}),
        )

    def bound_lives(self) -> bool:
        """Whether the very secret that was bound is there, and not one of its name made later."""
        runner = self.office.runner()
        bound = runner.deploying.newest()[0].bindings["LOGIN"].secret
        return bound in {card.id for card in runner.secrets()}

    @rule(role=roles, name=names, typed=names)
    def show(self, role: Role | None, name: str, typed: str) -> None:
        mode = "test" if ("test", name) in self.there else "live"
        masked = self.there.get((mode, name)) == "masked"
        self.office.now += 400
        keeping = self.office.runner(role).keeping
        self.expect(
            role in KEEPERS and masked and typed == name,
            lambda: keeping.show(name, "password", Proof(typed=typed)),
        )

    @rule(role=roles, name=names, typed=names, mode=modes)
    def take_away(self, role: Role | None, name: str, typed: str, mode: str) -> None:
        allowed = role in KEEPERS and (mode, name) in self.there and typed == name
        keeping = self.office.runner(role).keeping
        act = keeping.delete if mode == "test" else keeping.retire
        if self.expect(allowed, lambda: act(name, typed)):
            del self.there[mode, name]

    @invariant()
    def the_vault_holds_what_the_model_holds(self) -> None:
        if hasattr(self, "office"):
            cards = self.office.runner().secrets()
            found = {(card.mode, card.name): card.visibility for card in cards}
            assert found == self.there
            assert len(found) == len(cards)


def machine(examples: int) -> settings:
    """Bound the search: a whole vault is made for each example."""
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def test_random_people_can_do_what_the_model_allows_and_nothing_else() -> None:
    run_state_machine_as_test(Rights, settings=machine(30))


def test_the_machine_notices_a_right_that_the_model_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "KEEPERS", {Role.OWNER})
    with pytest.raises(AssertionError, match="the model refuses this"):
        run_state_machine_as_test(Rights, settings=machine(30))
