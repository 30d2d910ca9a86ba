"""How hard a passphrase is to guess, and making one that is."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from agent.errors import UsageError
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST: Final = 14
"""Characters a new passphrase must have."""
GOOD_SCORE: Final = 3
"""What zxcvbn must say of it at least: over 10^8 guesses."""
WORDS: Final = 6
"""Words of a made passphrase: six out of thousands of words are about 2^84 guesses."""

_LONGEST_WEIGHED: Final = 72

# Its word lists take a tenth of a second to load.
_ZXCVBN: Table[Any] = Table(
    "zxcvbn", {"weigh": "__init__:zxcvbn", "lists": "frequency_lists:FREQUENCY_LISTS"}
)


def check_strength(passphrase: str) -> None:
    """Refuse a new passphrase that is short or easy to guess (``UsageError``), not quoting it."""
    if len(passphrase) < SHORTEST:
        raise UsageError(
            f"a passphrase needs at least {SHORTEST} characters",
            hint="six words picked at random are easy to keep and hard to guess",
        )
    # Its search grows fast with the length; a long passphrase is weighed by its beginning.
    if _ZXCVBN["weigh"](passphrase[:_LONGEST_WEIGHED])["score"] < GOOD_SCORE:
        raise UsageError(
            "this passphrase is easy to guess",
            hint="six words picked at random are hard to guess: --generate makes them",
        )


def make_passphrase() -> str:
    """Pick words at random; they are joined by dashes."""
    words = _words()
    return "-".join(secrets.choice(words) for _ in range(WORDS))


def _words() -> Sequence[str]:
    listed = _ZXCVBN["lists"]["english_wikipedia"]
    return sorted(
        {word for word in listed if word.isascii() and word.isalpha() and 4 <= len(word) <= 8}
    )
