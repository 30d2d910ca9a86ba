"""What one field is for: scores from its autocomplete, type, names, labels and neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from agent.login.words import vocabulary

if TYPE_CHECKING:
    from agent.login.facts import RawField

TYPED = frozenset({"text", "email", "tel", "number", "password", "search", "url"})
NAMING = frozenset({"text", "email", "tel", "number", "search"})
IS_CODE = 3.5
_SMALL = 6
_CODE_LENGTHS = range(4, 9)


class PageAsks(Enum):
    """How plainly the text of a page asks for a one-time code; the value adds to a score."""

    NOTHING = 0.0
    SOME_CODE = 0.5
    SECOND_FACTOR = 1.5


@dataclass(frozen=True, slots=True)
class Clues:
    """A field with the kinds of words found on it: ``own`` names and labels it, ``near`` stands by.

    ``spoken`` is what a person would read as its label; ``tokens`` are its autocomplete tokens.
    """

    raw: RawField
    own: frozenset[str]
    spoken: frozenset[str]
    near: frozenset[str]
    tokens: frozenset[str]

    @property
    def shown(self) -> bool:
        """Tell whether a person sees a field of a size to type into, open or not yet."""
        raw = self.raw
        return raw.visible and raw.box[2] >= _SMALL and raw.box[3] >= _SMALL and not raw.faint

    @property
    def fillable(self) -> bool:
        """Tell whether a person could type here now."""
        return self.shown and self.raw.usable and not self.raw.readonly

    @property
    def trap(self) -> bool:
        """Tell whether the field is hidden from people who do not see the page."""
        return self.raw.veiled

    @property
    def is_password(self) -> bool:
        """Tell whether the field takes a password (and not a code that is typed hidden)."""
        if self.raw.type == "password":
            # Codes, card checks and numbers of people are typed hidden, too.
            other = self.code_score() >= IS_CODE or "not_code" in self.own or self.is_card
            return not other or "password" in self.own
        return (
            self.raw.type == "text"
            and "password" in self.own
            and not self.own & {"username", "email", "code", "forgot", "search"}
        )

    def is_hidden_code(self, page: PageAsks) -> bool:
        """Tell whether a field for a password takes a code on a page that asks for one."""
        hidden = self.raw.type == "password" and "password" not in self.own
        return hidden and self.code_score(page) >= IS_CODE

    @property
    def is_new_password(self) -> bool:
        """Tell whether a password field asks for one that is yet to be chosen."""
        if "current-password" in self.tokens or "old" in self.own:
            return False
        return "new-password" in self.tokens or "new" in self.own

    def code_score(self, page: PageAsks = PageAsks.NOTHING) -> float:
        """Score the field as a one-time code; ``IS_CODE`` and more: it is one."""
        if "one-time-code" in self.tokens:
            return 6.0
        score = 2.0 if self.own & {"code", "second_factor"} else 0.0
        score += 1.5 if "second_factor" in self.own else 0.0
        score += 1.0 if "code" in self.near else 0.0
        score += page.value
        score += 1.0 if self.digits else 0.0
        score += 0.5 if self.raw.maxlength in _CODE_LENGTHS else 0.0
        if self.spoken & {"username", "email", "search", "phone", "forgot"}:
            score -= 3
        if self.own & {"not_code", "recovery_code", "captcha", "newsletter"} or self.is_card:
            score -= 6
        return score

    @property
    def digits(self) -> bool:
        """Tell whether the field asks for digits."""
        return (
            self.raw.shape.startswith("numeric")
            or "d{" in self.raw.shape
            or self.raw.type
            in (
                "tel",
                "number",
            )
        )

    @property
    def is_card(self) -> bool:
        """Tell whether the field says that it takes a card, an address or a birthday."""
        return any(token.startswith(("cc-", "postal", "bday")) for token in self.tokens)


def clues_of(raw: RawField) -> Clues:
    """Read the words on and beside a field."""
    words = vocabulary()
    spoken = words.kinds(raw.label, raw.placeholder, raw.aria)
    return Clues(
        raw=raw,
        own=spoken | words.name_kinds(raw.name, raw.id),
        spoken=spoken,
        near=words.kinds(raw.near),
        tokens=frozenset(raw.autocomplete.split()),
    )
