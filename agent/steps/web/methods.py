"""Which methods may be sent twice; apart from what sends them, since a task's check asks too."""

from typing import Final

REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that may be sent twice (RFC 9110 section 9.2.2)."""
