"""How well login forms are found: weights of one fold of pages, measured on the other, both ways.

``python -m benchmarks.forms [-v]``. Prints top-1 F1 beside the baselines of the forms page, the two
traps, and what a look at a page of 2,000 nodes costs. Skips with a reason where there is no corpus.
``-v`` lists every wrong answer.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from agent.login.forms import judge_groups
from agent.login.groups import read_page
from agent.login.weighing import Weights
from benchmarks.corpus import FOLDS, absent, annotated_pages, scoring
from benchmarks.look_speed import time_a_look
from benchmarks.train_forms import learned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.facts import RawLook
    from agent.login.forms import Verdict
    from benchmarks.corpus import Annotated

ROLES = ("username", "password", "submit", "new_password")
GOALS = {"username": 0.97, "password": 0.98, "submit": 0.95, "new_password": 0.94}
# forms.md: measured on these pages, each as its makers ship it.
BASELINES: dict[str, tuple[str, ...]] = {
    "naive": ("0.935", "0.952", "0.911", "0.232", "104/117", "7/274"),
    "Chromium 156": ("0.959", "0.968", "–", "0.800", "104/117", "9/274"),
    "DuckDuckGo": ("0.922", "0.968", "0.887", "0.931", "8/117", "7/274"),
    "KeePassXC-Browser": ("0.925", "0.955", "0.870", "–", "116/117", "7/274"),
    "Formasaurus": ("0.911", "0.924", "0.916", "0.874", "13/117", "3/274"),
}


def roles(look: RawLook, weigh: Weights | None = None) -> dict[str, list[str]]:
    """Name the elements of a page by role, best first, as paths."""
    verdicts = judge_groups(read_page(look, 0), weigh)
    found: dict[str, list[str]] = {
        "new_password": [c.raw.path for v in verdicts for c in v.chosen],
        "otp": [c.raw.path for v in verdicts if v.kind == "code" for c in v.code],
    }
    asking = [v for v in verdicts if v.kind == "login" or (v.kind == "change" and v.current)]
    best = max(asking, key=lambda verdict: verdict.rank, default=None)
    return found | (_of_form(best) if best else {})


def _of_form(verdict: Verdict) -> dict[str, list[str]]:
    username = verdict.username if verdict.kind == "login" else None
    parts = {"username": username, "password": verdict.current}
    named = {role: [clue.raw.path] for role, clue in parts.items() if clue}
    return named | ({"submit": [verdict.submit.path]} if verdict.submit else {})


def measured(pages: Sequence[Annotated]) -> Any:
    """Score all pages, each with weights that were learned from the other fold."""
    score = scoring().Score()
    for fold in FOLDS:
        weigh = Weights(learned([page for page in pages if page.fold != fold]))
        for page in pages:
            if page.fold == fold:
                answer = roles(page.look, weigh)
                numbered = {
                    role: [page.numbers.get(path, "?") for path in paths]
                    for role, paths in answer.items()
                }
                score.add(page.row, numbered, {*ROLES, "otp"})
    return score


def main(verbose: str = "") -> None:
    """Measure and print."""
    if absent():
        sys.stdout.write(f"forms: skipped, {absent()}\n")
    else:
        _tell(measured(asyncio.run(annotated_pages())), verbose == "-v")
    sys.stdout.write(asyncio.run(time_a_look()) + "\n")


def _tell(score: Any, verbose: object) -> None:
    table, traps = score.table(), score.traps
    ours = [f"{table[f'ALL|{role}|top1']['F1']:.3f}" for role in ROLES]
    trap = f"{traps['signup_new_called_current']}/{traps['signup_pages']}"
    named = f"{traps['neg_username_fired']}/{traps['neg_pages']}"
    rows: dict[str, tuple[str, ...]] = {
        "": (*ROLES, "sign-up trap", "named on negative"),
        **BASELINES,
    }
    rows |= {"ours, other fold": (*ours, trap, named)}
    rows |= {"goal": (*(f"{goal:.3f}" for goal in GOALS.values()), "3 %", "1 %")}
    for name, cells in rows.items():
        sys.stdout.write(f"{name:<18}" + "".join(f"{cell:>18}" for cell in cells) + "\n")
    if verbose:
        for role in ROLES:
            for page, got, expected in score.wrong[role]:
                sys.stdout.write(f"{role}: {page}: named {got}, annotated {expected}\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
