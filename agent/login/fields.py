"""What one field is for: scores from its autocomplete, type, names, labels and neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.login.facts import RawField

TYPED = frozenset({"text", "email", "tel", "number", "password", "search", "url"})
NAMING = frozenset({"text", "email", "tel", "number", "search"})
IS_CODE = 3.5
_SMALL = 6
_BOX_WIDTH = 110
_CODE_LENGTHS = range(4, 9)
_BOXES = range(4, 11)


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
    def fillable(self) -> bool:
        """Tell whether a person could type here: shown, large enough, not for scripts or bots."""
        raw = self.raw
        large = raw.box[2] >= _SMALL and raw.box[3] >= _SMALL
        return raw.usable and large and not raw.faint and not raw.readonly

    @property
    def trap(self) -> bool:
        """Tell whether the field is hidden from people who cannot see, or who use the keyboard."""
        return self.raw.veiled

    @property
    def is_password(self) -> bool:
        """Tell whether the field takes a password (and not a code that is typed hidden)."""
        if self.raw.type == "password":
            return not (self.code_score() >= IS_CODE and "password" not in self.own)
        return (
            self.raw.type == "text"
            and "password" in self.own
            and not self.own & {"username", "email", "code", "forgot", "search"}
        )

    @property
    def is_new_password(self) -> bool:
        """Tell whether a password field asks for one that is yet to be chosen."""
        if "current-password" in self.tokens or "old" in self.own:
            return False
        return "new-password" in self.tokens or "new" in self.own

    def username_score(self) -> float:
        """Score the field as the name of an account; 0 and less: it is something else."""
        score = 0.0
        if self.tokens & {"username", "webauthn"}:
            score += 5
        elif "email" in self.tokens:
            score += 3
        for kind, weight in (("username", 3.0), ("email", 2.5), ("phone", 1.0)):
            score += weight if kind in self.own else 0.0
            score += weight / 3 if kind in self.near and kind not in self.own else 0.0
        score += 1.5 if self.raw.type == "email" else 0.0
        score -= 4.0 if self.raw.type == "search" and "username" not in self.tokens else 0.0
        score -= 6.0 if self._is_card else 0.0
        if self.own & {"not_username", "search", "newsletter", "captcha"}:
            score -= 4
        if self.own & {"code", "recovery_code"} and not self.own & {"username", "email"}:
            score -= 4
        return score

    def code_score(self, page: PageAsks = PageAsks.NOTHING) -> float:
        """Score the field as a one-time code; ``IS_CODE`` and more: it is one."""
        if "one-time-code" in self.tokens:
            return 6.0
        score = 2.0 if self.own & {"code", "second_factor"} else 0.0
        score += 1.5 if "second_factor" in self.own else 0.0
        score += 1.0 if "code" in self.near else 0.0
        score += page.value
        score += 1.0 if self.raw.shape.startswith("numeric") or "d{" in self.raw.shape else 0.0
        score += 0.5 if self.raw.maxlength in _CODE_LENGTHS else 0.0
        if self.spoken & {"username", "email", "search", "phone", "forgot"}:
            score -= 3
        if self.own & {"not_code", "recovery_code", "captcha", "newsletter"} or self._is_card:
            score -= 6
        return score

    @property
    def _is_card(self) -> bool:
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


def code_boxes(fields: Iterable[Clues]) -> tuple[Clues, ...]:
    """Find the boxes of one code: 4 to 10 small neighbours of equal size, one character each."""
    run: list[Clues] = []
    best: tuple[Clues, ...] = ()
    for clue in fields:
        if not _is_box(clue):
            run = []
            continue
        if run and not _beside(run[-1].raw, clue.raw):
            run = []
        run.append(clue)
        if len(run) in _BOXES and len(run) > len(best):
            best = tuple(run)
    return best


def _is_box(clue: Clues) -> bool:
    raw = clue.raw
    if raw.type not in ("text", "tel", "number", "password") or not clue.fillable:
        return False
    return raw.maxlength == 1 or (raw.maxlength in (-1, 2) and raw.box[2] <= _BOX_WIDTH)


def _beside(left: RawField, right: RawField) -> bool:
    same_size = abs(left.box[2] - right.box[2]) <= 4 and abs(left.box[3] - right.box[3]) <= 4
    return left.group == right.group and same_size and abs(left.box[1] - right.box[1]) <= 8
