"""How a run ended: the one document that people, scripts and the store get."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from agent.runs.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.errors import RunnerError


@dataclass(frozen=True, slots=True)
class StepNote:
    """A moment inside a step: what was seen, and what was done on it; seconds since it began."""

    seen: str
    did: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one step ended; ``status`` is ``passed``, ``failed`` or ``not_run``.

    ``index`` counts the lines of the report from 0. ``at`` is where the step stands in the task:
    ``3`` is the third, ``3.2[1]`` the second inside it, in its first turn. ``notes`` tell what a
    sign-in saw and decided. ``began`` is in seconds after the run, and ``waited`` how many of the
    step's a one-time code was waited for.
    """

    index: int
    type: str
    title: str
    status: str
    outcome: str
    seconds: float
    at: str = ""
    notes: tuple[StepNote, ...] = ()
    began: float = 0.0
    waited: float = 0.0

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> StepReport:
        """Read what ``asdict`` wrote."""
        known = _known(cls, document)
        notes = tuple(StepNote(**_known(StepNote, note)) for note in known.get("notes", ()))
        return cls(**known | {"notes": notes})


@dataclass(frozen=True, slots=True)
class ArtifactLine:
    """A thing the run left; ``state`` is ``kept`` or ``withheld``, with the ``reason`` for that.

    ``name`` is its path below the run's folder. ``sha256`` (hex) and ``size`` (bytes) are those of
    what passed the gate. ``delivery`` is empty where it stays on the machine that made it; else it
    is ``pending``, ``delivered`` to the store, or ``lost``: no longer what passed the gate.
    """

    kind: str
    path: str
    state: str
    reason: str = ""
    name: str = ""
    sha256: str = ""
    size: int = 0
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run needs to go on after it was interrupted; steps are counted from 0.

    ``checkpoint`` is the last one begun that is marked so; ``done`` and ``begun`` are those marked
    ``once`` that are done, and that may be; ``results`` are those saved so far.
    """

    checkpoint: int | None = None
    done: tuple[int, ...] = ()
    begun: tuple[int, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Progress:
        """Read what ``asdict`` wrote."""
        return cls(
            document["checkpoint"],
            tuple(document["done"]),
            tuple(document["begun"]),
            document["results"],
        )


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """Why a run failed: a stable code, one line for people, and what to do."""

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: RunnerError) -> ErrorLine:
        """Write down an error; its text is already free of secrets."""
        return cls(error.code, error.message, error.hint)


@dataclass(frozen=True, slots=True)
class Report:
    """A run's end, free of secrets.

    ``run_id`` is None for a run that was refused before it began. ``status`` is a state word of
    ``agent.runs.states``; ``outcome`` is ``passed``, a log-in's outcome or an error's code.
    ``started_at`` is in unix seconds; ``result`` holds what the task extracted. ``progress`` is
    there for a run that did not succeed and can go on. ``environment`` says by name what the run
    was carried out with; ``notices`` are what a person was told meanwhile.
    """

    run_id: str | None
    task: str
    status: str
    outcome: str
    steps: tuple[StepReport, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    artifacts: tuple[ArtifactLine, ...] = ()
    error: ErrorLine | None = None
    started_at: float | None = None
    seconds: float = 0.0
    progress: Progress | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @classmethod
    def refused(cls, error: RunnerError, *, task: str = "") -> Report:
        """Report a run that never began."""
        return cls(None, task, State.FAILED.value, error.code, error=ErrorLine.of(error))

    def document(self) -> dict[str, Any]:
        """Give the report as plain values, in the order of the published document."""
        return asdict(self)

    def to_json(self) -> str:
        """Write the published JSON document."""
        return json.dumps(self.document(), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read what ``to_json`` wrote; keys a later version added are left out."""
        document = _known(cls, json.loads(text))
        error, progress = document.get("error"), document.get("progress")
        return cls(
            **document
            | {
                "steps": tuple(StepReport.of(step) for step in document["steps"]),
                "notices": tuple(document.get("notices", ())),
                "artifacts": tuple(
                    ArtifactLine(**_known(ArtifactLine, a)) for a in document["artifacts"]
                ),
                "error": ErrorLine(**_known(ErrorLine, error)) if error else None,
                "progress": Progress.of(progress) if progress else None,
            }
        )


def _known(shape: type, document: Mapping[str, Any]) -> dict[str, Any]:
    names = getattr(shape, "__dataclass_fields__", {})
    return {name: value for name, value in document.items() if name in names}
