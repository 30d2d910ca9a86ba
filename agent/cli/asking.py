"""Getting a secret's values: typed where nothing is shown, or piped in as one JSON object.

Nothing here repeats what was typed or piped, whatever is wrong with it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from agent.cli.hidden import hidden_lines
from agent.cli.keys import settled_key
from agent.cli.parts import PARTS
from agent.errors import UsageError

HOW = (
    "answer the questions on a terminal, or pipe one JSON object: "
    'runner secrets add … --stdin --json, with {"username": …, "password": …} on its input'
)
_LARGEST_FILE = 65_536


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of this call come from; ``qr`` is a picture that holds the TOTP key.

    ``account`` names the one that is meant where the key comes with others.
    """

    from_stdin: bool
    no_input: bool
    qr: Path | None = None
    account: str | None = None

    @property
    def may_ask(self) -> bool:
        """Whether there is a person to ask."""
        return not (self.from_stdin or self.no_input) and sys.stdin.isatty()

    def fields(self, kind: str, name: str) -> dict[str, str]:
        """Get the fields of one secret of type ``kind``. Raises ``UsageError``."""
        made_of = PARTS["secret_types"][known_type(kind)]
        keys = {part.name for part in made_of.parts if part.entry == "totp"}
        if self.qr is not None and not keys:
            raise UsageError(f"a {kind} secret has no TOTP key, so --qr is not for it")
        found = dict.fromkeys(keys, PARTS["read_picture"](self.qr)) if self.qr else {}
        asked = [part for part in made_of.parts if part.name not in found]
        if self.from_stdin:
            found |= as_texts(kind, read_object()) if asked else {}
        elif asked:
            self.require_terminal()
            found |= _ask(asked, f"“{name}” ({kind})")
        for key in keys & found.keys():
            found[key] = settled_key(found[key], account=self.account, may_ask=self.may_ask)
        return found

    def require_terminal(self) -> None:
        """Raise ``UsageError`` where nobody can be asked."""
        if not self.may_ask:
            raise UsageError("the values must be asked for, and nobody can be asked", hint=HOW)


def read_object() -> dict[str, Any]:
    """Read one JSON object from standard input."""
    try:
        found = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError):
        raise UsageError("standard input is not JSON", hint=HOW) from None
    if not isinstance(found, dict):
        raise UsageError("standard input is JSON, but not one object", hint=HOW)
    return found


def as_texts(kind: str, fields: Any, where: str = "standard input") -> dict[str, str]:
    """Check that ``fields`` is an object of texts; a null is a field left out.

    The document of a ``json`` secret may be written as itself, too.
    """
    if not isinstance(fields, dict):
        raise UsageError(f"{where}: the values of a secret are one JSON object", hint=HOW)
    given = {name: value for name, value in fields.items() if value is not None}
    if kind == "json" and not isinstance(given.get("document", ""), str):
        given["document"] = json.dumps(given["document"], ensure_ascii=False)
    if not all(isinstance(value, str) for value in given.values()):
        raise UsageError(f"{where}: every field is a text in quotes", hint=HOW)
    return given


def known_type(kind: str) -> str:
    """Check that there is such a type of secret. Raises ``UsageError``."""
    types = PARTS["secret_types"]
    if kind not in types:
        raise UsageError(f"there is no secret type {kind!r}", hint=f"types: {', '.join(types)}")
    return kind


def _ask(parts: list[Any], what: str) -> dict[str, str]:
    click.echo(f"Values of {what}. What is hidden is not shown as you type.", err=True)
    answers = {part.name: _answer(part) for part in parts}
    return {field: answer for field, answer in answers.items() if answer}


def _answer(part: Any) -> str:
    if part.entry == "file":
        path = _prompt(f"{part.title} (path of its file; empty to paste it)", default="")
        return _text_of(Path(path).expanduser()) if path else hidden_lines(part.title)
    if part.entry == "multi-line":
        return hidden_lines(part.title)
    hidden = part.entry != "visible"
    notes = [n for n, true in (("hidden", hidden), ("empty for none", not part.required)) if true]
    question = f"{part.title} ({', '.join(notes)})" if notes else part.title
    return _prompt(question, hidden=hidden, default=None if part.required else "")


def _prompt(question: str, *, hidden: bool = False, default: str | None = None) -> str:
    answer: str = click.prompt(
        question, hide_input=hidden, err=True, default=default, show_default=False
    )
    return answer


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        text = content.decode()
    except OSError as error:
        raise UsageError(f"{path.name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not text") from None
    if len(content) > _LARGEST_FILE:
        raise UsageError(f"{path.name} is too large for a secret")
    return text
