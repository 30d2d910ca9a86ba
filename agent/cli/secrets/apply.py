"""``runner secrets apply``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.asking import Source, as_texts, read_object
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.secrets.cards import card_document
from agent.cli.speech import document, say, tell
from agent.errors import SecretUnfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.vault.declarations import Applied, Declaration, Difference


@click.command(cls=QuietCommand)
@click.argument("folder", type=click.Path(path_type=Path))
@from_stdin
@no_input
@as_json
@click.pass_context
def apply(context: click.Context, /, **_: object) -> int:
    """Store the secrets that a folder declares.

    FOLDER holds declarations (*.json: name, type, origins; never a value), like secrets/. The
    values of each that is not stored yet are asked for; with --stdin they are read as one JSON
    object of objects, by the secrets' names. One that says with "provider" and "reference" where
    its values are kept is stored without any. Origins that were narrowed in a file are narrowed in
    the vault. Exit code 4 when values are still wanting, or a secret differs from its file in
    another way.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    applied = runner.apply_declarations(given["folder"])
    stored, wanting = [], []
    for one, fields in _answers(applied.pending, given):
        if fields is None:
            wanting.append(one.name)
        else:
            stored.append(runner.keep(one.with_values(fields)))
    if given["as_json"]:
        document(
            {
                "stored": [card_document(card) for card in stored],
                "wanting": wanting,
                "differences": [_difference(one) for one in applied.differences],
            }
        )
    else:
        for card in stored:
            tell(f"stored “{card.name}” as {card.id}")
    _explain(applied, wanting)
    unsettled = any(not one.settled for one in applied.differences)
    return SecretUnfit.exit_code if wanting or unsettled else 0


def _answers(
    pending: Sequence[Declaration], given: dict[str, Any]
) -> Iterator[tuple[Declaration, dict[str, str] | None]]:
    """Get the values of each secret in turn; None where there are none to be had."""
    for one in pending:
        if one.is_kept_elsewhere:
            yield one, {}
    asked = [one for one in pending if not one.is_kept_elsewhere]
    if given["from_stdin"]:
        piped = read_object()
        for one in asked:
            yield one, as_texts(one.type, piped[one.name], one.name) if one.name in piped else None
        return
    source = Source(from_stdin=False, no_input=given["no_input"])
    for one in asked:
        yield one, None if source.no_input else source.fields(one.type, one.name)


def _difference(one: Difference) -> dict[str, Any]:
    return {"name": one.declaration.name, "message": one.message, "settled": one.settled}


def _explain(applied: Applied, wanting: Sequence[str]) -> None:
    for one in applied.differences:
        say(f"{one.message}\nhint: {one.hint}" if one.hint else one.message)
    if wanting:
        say(f"values are wanting for: {', '.join(wanting)}")
    elif not applied.pending:
        say(f"{len(applied.declared)} declared, all stored")
