"""Passwords of people, as they are kept: Argon2id (RFC 9106, second recommended choice).

Imported only by the server: argon2-cffi is part of its extra.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from agent.errors import UsageError, VaultDamaged
from agent.vault.strength import check_strength

LONGEST: Final = 1024
"""Characters a password may have."""

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Each takes 64 MiB: a crowd at the door must not take all there is.
_AT_ONCE: Final = BoundedSemaphore(4)
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def hash_password(password: str) -> str:
    """Make what is kept of a new password. Raises ``UsageError`` for one easy to guess."""
    if len(password) > LONGEST:
        raise UsageError(f"a password has at most {LONGEST} characters")
    check_strength(password)
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Compare; takes as long for nobody's password (None) as for somebody's."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODY, password[: LONGEST + 1]) and kept is not None
        except VerificationError:
            return False
        except InvalidHashError:
            raise VaultDamaged("a password's hash has an unknown form") from None


def is_old(kept: str) -> bool:
    """Tell whether a hash costs less than a new one would."""
    return _HASHER.check_needs_rehash(kept)
