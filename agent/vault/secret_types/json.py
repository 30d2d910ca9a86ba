"""Any JSON document; each value in it is a field of its own, addressed by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.errors import UsageError
from agent.vault.fields import check_text
from agent.vault.json_fields import canonical, fields_of, leaves, parse
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = "document"


class Json(SecretType):
    """``document`` is entered; stored with it is one field for each text, number and truth in it.

    The path of ``{"db": {"hosts": ["a"]}}``'s one value is ``db.hosts.0``.
    """

    name: ClassVar[str] = "json"
    parts: ClassVar[tuple[Part, ...]] = (Part(WHOLE, "JSON document", Entry.FILE),)
    uses: ClassVar[frozenset[Use]] = frozenset({Use.FILL, Use.HTTP, Use.CODE})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the document and its fields; raises ``UsageError``."""
        if WHOLE not in fields:
            raise UsageError(f"a {cls.name} secret needs {WHOLE}")
        check_text(WHOLE, fields[WHOLE])
        content = parse(fields[WHOLE])
        stored = {WHOLE: canonical(content), **fields_of(content)}
        if any(stored.get(name) != value for name, value in fields.items() if name != WHOLE):
            raise UsageError(
                "a json secret is given as its document alone: the fields are read out of it",
                hint='{"document": {…}}',
            )
        return stored

    @classmethod
    def may_hold(cls, field: str) -> bool:
        """Tell that any path may be there: only the secret itself knows."""
        return bool(field)

    @classmethod
    def hides(cls, field: str) -> bool:
        """Tell that every value is hidden: nothing says which of them are not secret."""
        return bool(field)

    @classmethod
    def spellings(cls, field: str, value: str) -> tuple[str, ...]:
        """Return the document and its values that have no path of their own, or one value.

        ``true`` and ``false`` tell nothing and would be found everywhere.
        """
        if field != WHOLE:
            return () if value in ("true", "false") else (value,)
        content = parse(value)
        listed = set(fields_of(content).values())
        return (value, *(text for text in leaves(content) if text not in listed))
