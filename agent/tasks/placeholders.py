"""The one thing a task's texts may hold beside themselves: ``${inputs.NAME}``, or another path.

Nothing is evaluated: a placeholder is looked up by name and put in once, and what it brings is not
looked at again. ``$${`` stands for the two characters ``${``. Paths of results and of what loops
name are put in while the run goes on; see ``agent.tasks.paths``.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from agent.tasks.positions import Path

MISPLACED = (
    "a secret may not go here; a secret may be used only in fill.value, sign_in.slot and where an "
    "http, sftp or code step asks for one"
)

_PIECE = re.compile(r"\$\$\{|\$\{(?P<inside>(?:\['[^'\n\]]*'\]|[^{}\"\s])*)(?P<end>\}?)")
_INPUT = re.compile(r"inputs\.([A-Za-z_][A-Za-z0-9_]*)")
_SECRET_WORDS = frozenset({"secret", "secrets", "slot", "slots", "vault"})


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Make the end of a complaint: the nearest known word, or all when they are few."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if not close:
        close = [name for name in known if name.lower() == word.lower()]
    if close:
        return f"; did you mean {quoted(close[0])}?"
    if 0 < len(known) <= 12:
        return f"; known: {', '.join(quoted(name)[1:-1] for name in sorted(known))}"
    return ""


def quoted(word: str) -> str:
    """Quote a word of the task file for a message: one line, no control characters, not long."""
    clean = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in word
    )
    return f'"{clean[:60]}…"' if len(clean) > 60 else f'"{clean}"'


def faults(
    text: str,
    inputs: Collection[str],
    slots: Collection[str],
    also: Callable[[str], str | None] | None = None,
) -> Iterator[str]:
    """Say what is wrong with each placeholder of a text.

    ``also`` judges paths that begin with something else than ``inputs``, where they may stand: it
    says what is wrong with one, or ``None``.
    """
    for piece in _PIECE.finditer(text):
        if piece.group() == "$${":
            continue
        inside = piece["inside"]
        if any(word in slots or word.lower() in _SECRET_WORDS for word in inside.split(".")):
            yield MISPLACED
        elif not piece["end"]:
            yield "${ is not closed; write ${inputs.NAME}, or $${ for the characters themselves"
        else:
            elsewhere = also is not None and not inside.startswith("inputs.")
            fault = also(inside) if also and elsewhere else _fault(inside, inputs)
            if fault:
                yield fault


def _fault(inside: str, inputs: Collection[str]) -> str | None:
    named = _INPUT.fullmatch(inside)
    if named is None:
        shown = "${" + quoted(inside)[1:-1] + "}"
        return f"{shown} means nothing here; only ${{inputs.NAME}} does, and $${{ stands for ${{"
    if named[1] not in inputs:
        return f"no input is called {quoted(named[1])}{did_you_mean(named[1], inputs)}"
    return None


def names_in(text: str) -> Iterator[str]:
    """List the inputs a text asks for."""
    for piece in _PIECE.finditer(text):
        named = _INPUT.fullmatch(piece["inside"] or "")
        if named and piece["end"]:
            yield named[1]


def substitute(text: str, inputs: Mapping[str, str]) -> str:
    """Put the inputs' texts into a text whose placeholders have been checked."""
    return filled(text, lambda inside: inputs[inside.removeprefix("inputs.")])


def filled(text: str, find: Callable[[str], str | None]) -> str:
    """Put in what ``find`` gives for each path; a placeholder it gives nothing for stays."""

    def replacement(piece: re.Match[str]) -> str:
        if piece.group() == "$${":
            return "${"
        found = find(piece["inside"])
        return piece.group() if found is None else found

    return _PIECE.sub(replacement, text)


def whole(text: str) -> str | None:
    """Give the path of a text that is one placeholder and nothing else."""
    piece = _PIECE.fullmatch(text)
    return piece["inside"] if piece and piece.group() != "$${" and piece["end"] else None


def paths_in(written: Any) -> Iterator[str]:
    """List the paths of every placeholder in the texts inside a piece of JSON."""
    for _, text in texts(written):
        for piece in _PIECE.finditer(text):
            if piece["end"]:
                yield piece["inside"]


def substitute_all(written: Any, inputs: Mapping[str, str]) -> Any:
    """Put the inputs' texts into every text inside a piece of JSON; keys stay as they are."""
    if isinstance(written, str):
        return substitute(written, inputs)
    if isinstance(written, list):
        return [substitute_all(item, inputs) for item in written]
    if isinstance(written, dict):
        return {key: substitute_all(item, inputs) for key, item in written.items()}
    return written


def texts(written: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Walk over every text inside a piece of JSON, with its path."""
    if isinstance(written, str):
        yield path, written
    elif isinstance(written, list):
        for index, item in enumerate(written):
            yield from texts(item, (*path, index))
    elif isinstance(written, dict):
        for key, item in written.items():
            yield from texts(item, (*path, key))


def secret_objects(written: Any, path: Path = ()) -> Iterator[Path]:
    """Find every object that is meant as a secret: ``{"secret": "SLOT", …}``."""
    if isinstance(written, list):
        for index, item in enumerate(written):
            yield from secret_objects(item, (*path, index))
    elif isinstance(written, dict):
        if "secret" in written and not isinstance(written["secret"], (dict, list)):
            yield path
        for key, item in written.items():
            yield from secret_objects(item, (*path, key))
