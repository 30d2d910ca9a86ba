"""What a type of secret declares: its fields, how each is entered, and what it may be used in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


TOKENS: Final = frozenset({"bearer_token", "api_key", "oauth2_client_credentials"})
"""Types whose values are no password: no server locks an account for one that is sent again."""


class Use(StrEnum):
    """A kind of act that a type may be used in."""

    FILL = "fill"
    HTTP = "http"
    SFTP = "sftp"
    CODE = "code"
    TOTP = "totp"
    MAIL = "mail"


class Entry(StrEnum):
    """How a person at a terminal gives a field.

    ``HIDDEN`` and ``TOTP`` are one line that is not shown, ``VISIBLE`` one that is, ``MULTI_LINE``
    lines that are not shown up to one with a single dot, ``FILE`` the path of a file, or the text
    itself as ``MULTI_LINE``.
    """

    HIDDEN = "hidden"
    VISIBLE = "visible"
    MULTI_LINE = "multi-line"
    FILE = "file"
    TOTP = "totp"


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a type; ``title`` is what a prompt calls it.

    A ``public`` field is no secret at all, and is not looked for in what a run leaves.
    """

    name: str
    title: str
    entry: Entry = Entry.HIDDEN
    required: bool = True
    public: bool = False


class SecretType(ABC):
    """One type of secret: a subclass with ``name``, ``parts``, ``uses`` and ``validate``.

    ``required``, ``optional``, ``sensitive`` (what a prompt hides and a page must never show in
    the clear) and ``public`` are made of the parts. ``schemes`` are those of the origins it is for.
    ``issuer`` names the public field with the address that alone may get the fields, where what
    the origins get is made of them.
    """

    name: ClassVar[str]
    parts: ClassVar[tuple[Part, ...]]
    uses: ClassVar[frozenset[Use]]
    schemes: ClassVar[frozenset[str]] = frozenset({"https", "http"})
    issuer: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]]
    sensitive: ClassVar[frozenset[str]]
    public: ClassVar[frozenset[str]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.required = tuple(part.name for part in cls.parts if part.required)
        cls.optional = tuple(part.name for part in cls.parts if not part.required)
        cls.sensitive = frozenset(p.name for p in cls.parts if p.entry is not Entry.VISIBLE)
        cls.public = frozenset(part.name for part in cls.parts if part.public)

    @classmethod
    @abstractmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields in their stored form; raises ``UsageError``, never quoting a value."""

    @classmethod
    def may_hold(cls, field: str) -> bool:
        """Tell whether a secret of this type can have such a field."""
        return field in (*cls.required, *cls.optional)

    @classmethod
    def hides(cls, field: str) -> bool:
        """Tell whether the field's value must never be shown in the clear."""
        return field in cls.sensitive

    @classmethod
    def spellings(cls, field: str, value: str) -> tuple[str, ...]:
        """Return the texts that artifacts are searched for, beside each other field's own."""
        return () if field in cls.public else (value,)
