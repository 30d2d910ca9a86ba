"""Carries one run from its claim to its report. A newcomer reads this first.

::

    claim ─▶ private folder ─▶ vault opened for the run ─▶ browser session
          ─▶ each step, with a masked picture after it ─▶ raw recording
          ─▶ cleaned, checked again, published ─▶ report ─▶ fenced finish

Whatever happens on the way, three things hold: the private folder is gone, the values are wiped,
and the run's record says how it ended.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.artifacts.camera import Camera
from agent.artifacts.publish import publish, withhold
from agent.artifacts.raw import RawArtifact
from agent.browser.session import open_session
from agent.errors import (
    ArtifactWithheld,
    LoginFailed,
    RunInterrupted,
    RunnerError,
    RunTimeout,
    StepFailed,
)
from agent.runs.lease import Lease
from agent.runs.report import ArtifactLine, ErrorLine, Report, StepReport
from agent.steps.context import StepContext

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from agent.artifacts.raw import Artifact
    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions
    from agent.browser.session import Session
    from agent.planner import Plan
    from agent.runs.claim import Claim
    from agent.runs.options import RunOptions
    from agent.runs.store import RunStore
    from agent.runs.watcher import Watcher
    from agent.steps.step import Step
    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run is carried out with; made once by ``agent.wiring``."""

    vault: Vault
    store: RunStore
    browser: BrowserOptions
    private_folder: Callable[[], AbstractContextManager[PrivateFolder]]
    run_timeout: float


@dataclass(slots=True)
class Course:
    """How far one run has come: filled step by step, read once for the report."""

    plan: Plan
    options: RunOptions
    watcher: Watcher
    destination: Path
    claim: Claim
    store: RunStore
    started_at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    steps: list[StepReport] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    raw: list[RawArtifact] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    pictures: frozenset[str] = frozenset()
    error: RunnerError | None = None
