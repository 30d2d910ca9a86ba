"""What two processes pass each other opens for its run, its kind and its number, and else not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.vault.passed import Envelope, Sealed

if TYPE_CHECKING:
    from agent.vault.store import Vault


@pytest.fixture
def envelope(vault: Vault) -> Envelope:
    vault.create()
    return Envelope(vault.trail(), "run 1", "act")


def test_what_was_sealed_opens_in_its_place_alone(envelope: Envelope) -> None:
    sealed = envelope.seal(7, b"Tr0ub4dor")
    assert b"Tr0ub4dor" not in sealed.blob
    assert "Tr0ub4dor" not in repr(sealed)
    assert envelope.open(7, sealed) == b"Tr0ub4dor"
    assert envelope.open(8, sealed) is None
    assert replace(envelope, run_id="run 2").open(7, sealed) is None
    assert replace(envelope, kind="frame").open(7, sealed) is None


def test_what_was_changed_or_never_sealed_does_not_open(envelope: Envelope) -> None:
    sealed = envelope.seal(1, b"word")
    changed = bytes([*sealed.blob[:-1], sealed.blob[-1] ^ 1])
    for blob in (changed, b"", b"word"):
        assert envelope.open(1, Sealed(sealed.term, blob)) is None
    assert envelope.open(1, Sealed(99, sealed.blob)) is None
