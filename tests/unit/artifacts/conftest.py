"""A run's secrets without a vault: two bound values, known to both matchers."""

from __future__ import annotations

import pytest

from agent.vault.open import RunSecrets

USERNAME = "alice.o'neil+qa@hotel.example"
PASSWORD = 'hunter2-S3cret"XYZ'


@pytest.fixture
def secrets() -> RunSecrets:
    opened = RunSecrets(())
    opened.learn("LOGIN.username", USERNAME)
    opened.learn("LOGIN.password", PASSWORD)
    return opened
