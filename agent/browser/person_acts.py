"""What a person who looks at a page from elsewhere may do in it: a closed list of closed forms."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

LONGEST_TEXT: Final = 500
FURTHEST: Final = 20_000
Key = Literal[
    "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Backspace", "Delete", "End", "Enter",
    "Escape", "Home", "PageDown", "PageUp", "Tab", "a",
]  # fmt: skip
Kind = Literal["click", "down", "move", "up", "scroll", "text", "key"]
Place = Annotated[float, Field(ge=0, le=FURTHEST, allow_inf_nan=False)]
Way = Annotated[float, Field(ge=-FURTHEST, le=FURTHEST, allow_inf_nan=False)]

_WITH_A_PLACE: Final = frozenset({"click", "down", "move", "up", "scroll"})


class PersonAct(BaseModel):
    """One act; ``x`` and ``y`` are in CSS pixels of the page as it was shown.

    ``text`` may be a secret, and is in no text this object gives of itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Kind
    x: Place | None = None
    y: Place | None = None
    count: int = Field(default=1, ge=1, le=3)
    dx: Way = 0
    dy: Way = 0
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = Field(default="", repr=False)
    key: Key | None = Field(default=None, repr=False)
    shift: bool = False
    control: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind in _WITH_A_PLACE and (self.x is None or self.y is None):
            raise ValueError("it needs x and y")
        if (self.kind == "text") != bool(self.text):
            raise ValueError("a text goes with the kind text, and with no other")
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in self.text):
            raise ValueError("a text has no control characters: send keys for them")
        if (self.kind == "key") != (self.key is not None):
            raise ValueError("a key goes with the kind key, and with no other")
        if self.key == "a" and not self.control:
            raise ValueError("a letter is a text; only Control and a is a key")
        return self

    def to_bytes(self) -> bytes:
        """Write it for the process that does it."""
        return self.model_dump_json(exclude_defaults=True).encode()

    @classmethod
    def of(cls, written: bytes) -> PersonAct:
        """Read what ``to_bytes`` wrote. Raises pydantic's error, which quotes nothing."""
        return cls.model_validate_json(written)
