"""What may be told: every key has a kind, and no kind of fact can hold a text somebody wrote.

A word is one of a list that stands in the program, or ``other``; an id is a run's own, a UUID; a
number is a count or a duration. Whatever else is given for a key becomes nothing.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from agent.artifacts.kinds import KINDS
from agent.errors import RunnerError
from agent.login.outcome import Outcome
from agent.runs.course import PASSED
from agent.runs.states import State
from agent.steps import STEPS
from agent.vault.policy import LIVE, TEST

Fact = str | int | float
Facts = Mapping[str, Fact]

OTHER: Final = "other"
_MOST: Final = 1e9
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STEP_ENDS: Final = frozenset({"stopped", "not_run", "done_before", "session_reused"})
_CODES: Final = range(100, 600)


def _word(known: Callable[[], frozenset[str]]) -> Callable[[object], Fact | None]:
    def read(given: object) -> Fact | None:
        return given if isinstance(given, str) and given in known() else OTHER

    return read


def _number(given: object) -> Fact | None:
    """Take a count or a duration; a bool is neither."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    return round(given, 6) if math.isfinite(given) and 0 <= given <= _MOST else None


def _id(given: object) -> Fact | None:
    try:
        return str(uuid.UUID(given)) if isinstance(given, str) else None
    except ValueError:
        return None


def _status(given: object) -> Fact | None:
    return given if isinstance(given, int) and given in _CODES else None


@cache
def outcomes() -> frozenset[str]:
    """List every word by which a run or a step can end."""
    codes = {kind.code for kind in _kinds_of(RunnerError)}
    return frozenset({PASSED, *Outcome, *State, *codes, *_STEP_ENDS})


def _kinds_of(kind: type[RunnerError]) -> set[type[RunnerError]]:
    return {kind}.union(*(_kinds_of(one) for one in kind.__subclasses__()))


_known_routes: set[str] = set()


def know_routes(routes: frozenset[str]) -> None:
    """Let the patterns of a server's paths be told; they stand in the program, as words do."""
    _known_routes.update(routes)


RUN: Final = "slotrunner.run.id"
STATE: Final = "slotrunner.run.state"
OUTCOME: Final = "slotrunner.outcome"
MODE: Final = "slotrunner.mode"
ATTEMPT: Final = "slotrunner.run.attempt"
WAITED: Final = "slotrunner.run.waited"
STEP: Final = "slotrunner.step.type"
LINE: Final = "slotrunner.step.line"
CODE_WAITED: Final = "slotrunner.step.code_waited"
ARTIFACT: Final = "slotrunner.artifact.kind"
WITHHELD: Final = "slotrunner.run.withheld"
METHOD: Final = "http.request.method"
ROUTE: Final = "http.route"
STATUS: Final = "http.response.status_code"
SECONDS: Final = "seconds"
RUNNING: Final = "running"

_KINDS: Final[Mapping[str, Callable[[object], Fact | None]]] = {
    RUN: _id,
    STATE: _word(lambda: frozenset(State)),
    OUTCOME: _word(outcomes),
    MODE: _word(lambda: frozenset({TEST, LIVE})),
    ATTEMPT: _number,
    WAITED: _number,
    STEP: _word(lambda: frozenset(STEPS)),
    LINE: _number,
    CODE_WAITED: _number,
    ARTIFACT: _word(lambda: frozenset(KINDS)),
    WITHHELD: _number,
    METHOD: _word(lambda: _METHODS),
    ROUTE: _word(lambda: frozenset(_known_routes)),
    STATUS: _status,
    SECONDS: _number,
    RUNNING: _number,
}


def facts(given: Mapping[str, object]) -> dict[str, Fact]:
    """Give what may be told of what is given. Raises ``KeyError`` for a key without a kind."""
    read = {key: _KINDS[key](value) for key, value in given.items() if value is not None}
    return {key: value for key, value in read.items() if value is not None}


def word(key: str, given: object) -> str:
    """Give one word of a key's list, for a name that is made of it."""
    return str(_KINDS[key](given))
