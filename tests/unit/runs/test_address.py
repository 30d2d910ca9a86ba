from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.runs.address import Address

SECRET = "canary-7Qx"
WITH_PASSWORD = [
    f"postgresql://ann:{SECRET}@db.example:5433/runs",
    f"postgres://ann:{SECRET}@db.example/runs?sslmode=require",
    f"postgresql+psycopg://db.example/runs?user=ann&password={SECRET}",
    f"postgresql://ann@db.example/runs?sslkey=k&sslpassword={SECRET}",
]
UNREADABLE = [
    f"postgresql://ann:{SECRET}/7@db.example/runs",
    # Without a database's name SQLAlchemy would take the slash for a part of the password.
    f"postgresql://ann:{SECRET}/7@db.example",
    f"postgresql://ann:{SECRET}?a=7@db.example/runs",
    f"postgresql://ann@db.example:{SECRET}/runs",
    f"postgresql://ann:{SECRET}#7@db.example/runs",
    f"postgresql://ann:{SECRET}@db.example/runs/more",
    f"postgresql://ann:{SECRET}@db.example/runs?no",
    f"mysql://ann:{SECRET}@db.example/runs",
    f"sqlite://{SECRET}/runs.db",
    "sqlite://",
    SECRET,
]


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_no_spelling_of_an_address_shows_its_password(url: str) -> None:
    address = Address.of(url)
    assert SECRET in address.hidden.values()
    for spelling in (str(address), repr(address), f"{address}", repr({"a": address})):
        assert SECRET not in spelling
        assert "db.example" in spelling


def test_the_rest_of_a_url_is_kept_as_it_is() -> None:
    address = Address.of(f"postgres://a%40b:{SECRET}@h:1/r?host=%2Ftmp%2Fx&sslmode=require")
    assert address.server == "postgresql://a%40b@h:1/r?host=%2Ftmp%2Fx&sslmode=require"
    assert dict(address.hidden) == {"password": SECRET}


def test_a_password_is_written_with_percent_signs_and_read_without() -> None:
    assert dict(Address.of("postgresql://a:p%40s%2Fs@h/r").hidden) == {"password": "p@s/s"}


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_is_no_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UsageError, match="RUNNER_DATABASE_URL") as caught:
        Address.of(url)
    assert SECRET not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_is_named_as_sqlalchemy_names_it() -> None:
    assert Address.of("sqlite:////srv/a%20b/runner.db").path == Path("/srv/a b/runner.db")
    assert Address.of("sqlite:///here.db").path == Path.cwd() / "here.db"


def test_a_password_is_cut_out_of_what_others_say() -> None:
    address = Address.of(f"postgresql://ann:{SECRET}@h/r")
    assert address.without_secrets(f"not {SECRET}!") == "not ***!"


def test_an_address_with_a_password_does_not_travel() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Address.of(WITH_PASSWORD[0]))
