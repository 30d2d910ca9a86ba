"""Our codes against those of other programs: pyca's, `oathtool` where installed; and the clock."""

from __future__ import annotations

import base64
import random
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from agent.vault.totp import TotpKey, code_at
from agent.vault.totp_ledger import first_counter

if TYPE_CHECKING:
    from collections.abc import Iterator

HASHES = {"SHA1": SHA1, "SHA256": SHA256, "SHA512": SHA512}
# Sunday, 1 November 2026: at 06:00 UTC the clocks of New York go back from 2:00 to 1:00.
CLOCKS_GO_BACK = 1_793_512_800
WINDOWS = 480


def keys(count: int, digits: tuple[int, ...] = (6, 7, 8)) -> list[TotpKey]:
    chance = random.Random(238)  # noqa: S311  the same keys each time
    return [
        TotpKey(
            chance.randbytes(chance.randrange(5, 65)),
            chance.choice(list(HASHES)),
            chance.choice(digits),
            chance.choice((10, 30, 60, 120)),
        )
        for _ in range(count)
    ]


def pyca(key: TotpKey, moment: int) -> str:
    made = TOTP(key.seed, key.digits, HASHES[key.algorithm](), key.period, enforce_key_length=False)
    return made.generate(moment).decode()


def test_5000_random_codes_are_those_of_pyca() -> None:
    chance = random.Random(6238)  # noqa: S311  the same moments each time
    for key in keys(5000):
        moment = chance.randrange(2**34)  # far beyond 2038
        assert code_at(key, key.counter_at(moment)) == pyca(key, moment)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_no_window_around_a_repeated_hour_is_wrong() -> None:
    """480 windows over four hours: each moment's code by the wall clock's own time stamp."""
    key = TotpKey(b"12345678901234567890")
    first = CLOCKS_GO_BACK - WINDOWS // 2 * 30
    moments = [first + 30 * n + 7 for n in range(WINDOWS)]
    assert len({time.localtime(moment)[:5] for moment in moments}) < WINDOWS / 2 - 50
    wrong = [
        moment
        for moment in moments
        if code_at(key, first_counter(float(moment), key.period, 5.0)) != pyca(key, moment)
    ]
    assert wrong == []


@pytest.mark.usefixtures("new_york")
def test_the_repeated_hour_is_there_to_go_wrong() -> None:
    """The control: codes made of the local time, as a clock on the wall has it, are wrong."""
    key = TotpKey(b"12345678901234567890")
    wrong = 0
    for n in range(WINDOWS):
        moment = CLOCKS_GO_BACK - WINDOWS // 2 * 30 + 30 * n + 7
        naive = time.mktime((*time.localtime(moment)[:8], 0))
        wrong += code_at(key, key.counter_at(naive)) != pyca(key, moment)
    assert wrong >= 120


@pytest.mark.skipif(shutil.which("oathtool") is None, reason="oathtool is not installed (apt)")
def test_random_codes_are_those_of_oathtool() -> None:
    chance = random.Random(4226)  # noqa: S311  the same moments each time
    for key in keys(200, digits=(6, 7, 8)):
        moment = chance.randrange(2**31)
        asked = [
            "oathtool", f"--totp={key.algorithm.lower()}", f"--digits={key.digits}",
            f"--time-step-size={key.period}s", f"--now=@{moment}", "--base32", "-",
        ]  # fmt: skip
        seed = base64.b32encode(key.seed).decode()
        said = subprocess.run(asked, input=seed, capture_output=True, text=True, check=True)
        assert said.stdout.strip() == code_at(key, key.counter_at(moment))
