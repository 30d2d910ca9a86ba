"""Addresses of what runs left, on the site that knows no cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from agent.api.asking import Asking, options_of
from agent.api.run_shapes import ArtifactGiven
from agent.runner.left import name_of
from agent.runner.tickets import Tickets

if TYPE_CHECKING:
    from starlette.requests import Request

    from agent.runs.run import Run


def artifacts_of(request: Request, asking: Asking, run: Run) -> list[ArtifactGiven]:
    """List what a run left, each with its address; nothing withheld has one."""
    site = options_of(request).artifacts_url
    ticket = Tickets(asking.runner.vault.trail()).make(run.project, run.id)
    made = []
    for line in asking.runner.report(run.id).artifacts:
        name = name_of(line)
        path = f"/left/{quote(run.project)}/{run.id}/{ticket}/{quote(name)}"
        kept = line.state == "kept"
        viewed = kept and line.kind == "trace"
        made.append(
            ArtifactGiven(
                name=name,
                kind=line.kind,
                state=line.state,
                reason=line.reason,
                size=line.size,
                sha256=line.sha256,
                url=f"{site}{path}" if kept else None,
                viewer=f"{site}/viewer/index.html?{urlencode({'trace': path})}" if viewed else None,
            )
        )
    return made
