from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import pprint
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vault.held import Held
from agent.vault.origin import OriginPolicy
from agent.vault.reveal import hold
from agent.vault.secret import Secret, SecretCard, SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-5e1f"
CARD = SecretCard(
    "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa",
    "Hotel admin",
    "login",
    ("password", "username"),
    OriginPolicy.parse(["https://hotel.example"]),
    1,
    "test",
    "restricted",
    "2026-11-22T00:00:00.000+00:00",
)


@pytest.fixture
def secret() -> Secret:
    made = Secret(CARD, "LOGIN")
    held = Held(CARD, "LOGIN", None, lambda *_: None, {"password": CANARY})  # type: ignore[arg-type]  # no reveal here
    hold(made, held)
    return made


@dataclasses.dataclass
class Around:
    inner: Any


PRINTED: dict[str, Callable[[Any], str]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "f-string": lambda secret: f"{secret}",
    "f-string !r": lambda secret: f"{secret!r}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 -- this form is the subject
    "format": lambda secret: "{}".format(secret),  # noqa: UP032 -- this form is the subject
    "template": lambda secret: string.Template("$x").substitute(x=secret),
    "pprint": lambda secret: pprint.pformat({"x": [secret]}),
    "in a dataclass": lambda secret: repr(Around(secret)),
    "in an exception": lambda secret: str(ValueError(secret)),
    "json default=str": lambda secret: json.dumps({"x": secret}, default=str),
}


@pytest.mark.parametrize("way", PRINTED)
def test_it_prints_as_stars(secret: Secret, way: str) -> None:
    text = PRINTED[way](secret)
    assert "Secret(***)" in text
    assert CANARY not in text


@given(st.text(string.printable))
def test_no_format_specification_shows_it(specification: str) -> None:
    assert format(Secret(CARD, "LOGIN"), specification) == "Secret(***)"


REFUSED: dict[str, Callable[[Any], object]] = {
    "json": json.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a list": lambda secret: copy.deepcopy([secret]),
    "asdict": lambda secret: dataclasses.asdict(Around(secret)),
    "astuple": lambda secret: dataclasses.astuple(Around(secret)),
    "asdict of itself": dataclasses.asdict,
    "vars": vars,
    "replace": dataclasses.replace,
    "getstate": lambda secret: secret.__getstate__(),
    "iteration": iter,
    "bytes": bytes,
    **{
        f"pickle {protocol}": lambda secret, protocol=protocol: pickle.dumps(secret, protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("way", REFUSED)
def test_it_refuses_to_be_taken_apart(secret: Secret, way: str) -> None:
    with pytest.raises(TypeError) as refusal:
        REFUSED[way](secret)
    assert CANARY not in str(refusal.value)


def test_no_attribute_leads_to_a_value(secret: Secret) -> None:
    seen = [repr(getattr(secret, name)) for name in dir(secret) if name != "__getstate__"]
    assert CANARY not in " ".join(seen)
    assert not hasattr(secret, "__dict__")


def test_its_card_and_slot_cannot_be_exchanged(secret: Secret) -> None:
    with pytest.raises(AttributeError):
        secret.card = CARD  # type: ignore[misc]  # that is the test
    with pytest.raises(AttributeError):
        secret.extra = 1  # type: ignore[attr-defined]  # that is the test


def test_a_card_gives_the_ref_that_plans_carry() -> None:
    assert CARD.ref == SecretRef(CARD.id)
    assert CARD.has("password")
    assert not CARD.has("totp")
