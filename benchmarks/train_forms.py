"""Learn the weights of the login forms' models from the annotated pages.

``python -m benchmarks.train_forms`` writes ``agent/login/weights.json`` from all pages;
``benchmarks.forms`` learns from one fold to measure on the other. Weights start from, and are held
to, a few guesses anybody would make; the pages move them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import agent.login
from agent.login.features import (
    candidates,
    form_features,
    naming_fields,
    submit_features,
    username_features,
)
from agent.login.forms import KINDS_WITH_PASSWORD, KINDS_WITHOUT
from agent.login.groups import read_groups, read_page
from benchmarks.corpus import absent, annotated_pages
from benchmarks.learning import Example, Table, learn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.login.groups import Group
    from benchmarks.corpus import Annotated

WEIGHTS = Path(agent.login.__path__[0]) / "weights.json"
PULLS = {"form": 4.0, "username": 2.0, "submit": 1.0}
NAMES = {
    "yes": {"before:0": 1.0, "own:username": 1.5, "own:email": 1.0, "token:username": 1.5},
}
GUESSES = {
    "login": {
        "button:sign_in": 1.5, "heading:sign_in": 0.7, "title:sign_in": 0.5, "words:sign_in": 0.7,
        "link:forgot": 0.7, "link:sign_up": 0.5, "line:forgot": 0.3, "tick:remember": 1.0,
        "token:current-password": 1.5, "token:username": 0.7, "field:username": 0.5,
        "field:sign_in": 0.5,
        "one field to sign in": 1.5, "one field to sign in, going on": 1.0,
        "one field for a user name": 0.7,
        "one field for a user name, going on": 1.0, "4+ typed": -0.3,
    },
    "signup": {
        "button:sign_up": 1.5, "heading:sign_up": 0.7, "title:sign_up": 0.5, "words:sign_up": 0.7,
        "link:sign_in": 0.7, "token:new-password": 1.5, "password:new": 1.5, "2+ passwords": 1.5,
        "2+ strangers": 1.0, "2+ emails": 0.5, "link:terms": 0.5, "tick:terms": 0.7,
        "field:sign_up": 0.7,
        "3+ typed": 0.5,
    },
    "change": {"password:old": 2.0, "3+ passwords": 1.0, "old and new password": 1.5},
    "recovery": {
        "button:recovery": 0.7, "heading:recovery": 1.0, "words:recovery": 1.0,
        "title:recovery": 0.7,
    },
    "other": {
        "button:search": 1.0, "button:newsletter": 1.0, "words:search": 1.0,
        "words:newsletter": 1.0, "heading:newsletter": 0.7, "field:search": 1.0, "textarea": 1.0,
    },
}  # fmt: skip
_ABOUT = (
    "Weights of the properties named in features.py, by model and class; the empty name is the "
    "bias. Learned from the annotated pages of ../shared/corpus: python -m benchmarks.train_forms"
)


def learned(pages: Sequence[Annotated]) -> dict[str, Table]:
    """Learn all models from some pages."""
    examples = {
        "form": [example for page in pages for example in _forms(page)],
        "username": [example for page in pages for example in _usernames(page)],
        "submit": [example for page in pages for example in _submits(page)],
    }
    guesses = {"form": GUESSES, "username": NAMES}
    return {
        model: learn(found, PULLS[model], guesses.get(model)) for model, found in examples.items()
    }


def label(page: Annotated, group: Group) -> str:
    """Tell what a group is by the roles of its fields; empty where nobody can say."""
    roles = {page.role(clue.raw.path) for clue in group.fields}
    if roles >= {"password", "new_password"}:
        return "change"
    if roles & {"password", "alt_password", "username", "alt_username"}:
        return "login"
    if "new_password" in roles:
        return "change" if page.row["kind"] == "change_password" else "signup"
    if "signup_id" in roles:
        return "signup"
    if "recovery_id" in roles:
        return "recovery"
    unclear = roles & {"otp", "any_password"} or page.row["kind"] == "mfa"
    return "other" if "other" in roles and not unclear else ""


def _groups(page: Annotated, *labels: str) -> Iterator[Group]:
    for group in read_groups(read_page(page.look, 0)):
        if label(page, group) in labels:
            yield group


def _forms(page: Annotated) -> Iterator[Example]:
    whole = read_page(page.look, 0)
    for group in read_groups(whole):
        kinds = KINDS_WITH_PASSWORD if group.passwords else KINDS_WITHOUT
        kind = label(page, group)
        if kind in kinds:
            features = form_features(whole, group)
            yield Example([(name, features) for name in kinds], kinds.index(kind))


def _usernames(page: Annotated) -> Iterator[Example]:
    for group in _groups(page, "login"):
        fields = naming_fields(group)
        roles = [page.role(clue.raw.path) for clue in fields]
        right = [at for at, role in enumerate(roles) if role in ("username", "alt_username")]
        options = [("yes", username_features(group, clue)) for clue in fields]
        if fields:
            yield Example([*options, ("none", frozenset())], [*right, len(fields)][0])


def _submits(page: Annotated) -> Iterator[Example]:
    for group in _groups(page, "login", "change"):
        buttons = list(candidates(group))
        roles = [page.role(button.path) for button in buttons]
        right = [at for at, role in enumerate(roles) if role in ("submit", "alt_submit")]
        known = page.row["complete"]["submit"] and page.row["kind"] in ("login", "login_signup")
        options = [("yes", submit_features(group, button)) for button in buttons]
        if buttons and (right or known):
            yield Example([*options, ("none", frozenset())], [*right, len(buttons)][0])


def main() -> None:
    """Learn from all pages and write the weights."""
    if absent():
        sys.exit(f"nothing to learn from: {absent()}")
    models = learned(asyncio.run(annotated_pages()))
    text = json.dumps({"about": _ABOUT, "models": models}, indent=1, ensure_ascii=False)
    WEIGHTS.write_text(text + "\n", "utf-8")
    sys.stdout.write(f"{WEIGHTS}: {sum(map(len, text.split(chr(10))))} characters\n")


if __name__ == "__main__":
    main()
