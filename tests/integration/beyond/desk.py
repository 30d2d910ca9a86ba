"""Steps run without a browser and without an engine: a real vault, a private folder, no page."""

from __future__ import annotations

import base64
import gzip
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from agent.browser.folder import PrivateFolder
from agent.steps import STEPS, StepContext, StepResult
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from tests.leak.scan import forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.browser.session import Session
    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault


@dataclass
class Desk:
    """What a step without a browser is given in the place of a session."""

    secrets: RunSecrets
    folder: PrivateFolder
    step: str = ""

    async def loss(self) -> None:
        """There is no browser that could go."""


@dataclass
class Work:
    """Runs steps as written; ``kept`` is what they left to be kept."""

    desk: Desk
    results: dict[str, Any] = field(default_factory=dict)
    timeout: float = 10.0
    allow_code: bool = False
    task_folder: Path | None = None
    kept: list[tuple[str, Path, str]] = field(default_factory=list)

    async def _nothing(self, _words: str) -> None: ...

    def _keep(self, kind: str, path: Path, name: str) -> None:
        self.kept.append((kind, path, name))

    async def __call__(self, kind: str, **written: Any) -> StepResult:
        """Run one step: ``await work("http", url=…)``."""
        context = StepContext(
            cast("Session", self.desk),
            self._nothing,
            self._nothing,
            timeout=self.timeout,
            results=self.results,
            allow_code=self.allow_code,
            keep_file=self._keep,
            task_folder=self.task_folder,
        )
        return await STEPS[kind].model_validate({"type": kind, **written}).run(context)


@dataclass(frozen=True)
class Kept:
    """One secret of a test: its type, its fields, and where it may go."""

    kind: str
    fields: Mapping[str, str]
    origins: tuple[str, ...]


@contextmanager
def at_a_desk(vault: Vault, **secrets: Kept) -> Iterator[Work]:
    """Keep secrets, open them for a run, and give what runs steps with them by slot."""
    vault.create()
    bindings = {}
    for slot, one in secrets.items():
        card = vault.add(NewSecret(slot, one.kind, one.fields, OriginPolicy.parse(one.origins)))
        bindings[slot] = card.ref
    with vault.open_for_run(bindings, "run-1") as opened, PrivateFolder.create() as folder:
        yield Work(Desk(opened, folder))


def releases(vault: Vault) -> list[tuple[str, ...]]:
    """List what was released, or refused: outcome, origin, slot, field, step."""
    found = []
    for row in vault.trail().rows():
        if row["action"] == "revealed":
            detail = json.loads(row["detail"])
            told = (detail["slot"], detail["field"], detail["step"])
            found.append((row["outcome"], row["origin"], *told))
    return found


def encodings(value: str) -> dict[str, bytes]:
    """Write a value in full in each encoding of the traces page."""
    raw = value.encode()
    whole = {
        name: text for name, text in forms(value).items() if not name.startswith("base64")
    }  # fmt: skip
    for shift in range(3):
        around = b"<" * shift + raw + b">" * shift
        whole[f"base64 +{shift}"] = base64.b64encode(around)
        whole[f"base64url +{shift}"] = base64.urlsafe_b64encode(around).rstrip(b"=")
    whole["base64 twice"] = base64.b64encode(base64.b64encode(raw))
    whole["gzip in base64"] = base64.b64encode(gzip.compress(raw))
    whole["hex with spaces"] = raw.hex(" ").encode()
    whole["letters apart"] = " ".join(value).encode()
    whole["letters below each other"] = "\n".join(value).encode()
    whole["an invisible letter inside"] = f"{value[:9]}\u200b{value[9:]}".encode()
    return whole
