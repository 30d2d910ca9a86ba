"""No audit row, no release: with a trail that cannot be written no sink gives anything away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import SecretError
from agent.steps.sandbox.walls import missing
from tests.integration.beyond.desk import Kept, at_a_desk
from tests.standins.file_server import PASSWORD, running_file_server
from tests.standins.web import running_web

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.store import Vault

FULL = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END"


def fill_up(vault: Vault) -> None:
    with vault._engine.begin() as connection:
        connection.exec_driver_sql(FULL)


async def test_no_request_is_sent(vault: Vault) -> None:
    async with running_web() as web:
        web.says(200)
        kept = Kept("bearer_token", {"token": "tok-without-a-row"}, (web.origin,))
        with at_a_desk(vault, T=kept) as work:
            await work("http", url=web.origin, bearer_token="T")
            fill_up(vault)
            with pytest.raises(SecretError):
                await work("http", url=web.origin, bearer_token="T")
    assert web.connections == 1


async def test_no_server_is_called(vault: Vault, tmp_path: Path) -> None:
    with running_file_server(tmp_path / "files", ("ed25519",)) as server:
        fields = {"username": server.user, "password": PASSWORD, "host_key": server.host_key()}
        kept = Kept("sftp_password", fields, (server.origin,))
        with at_a_desk(vault, F=kept) as work:
            fill_up(vault)
            called = server.log.count("Connection from")
            with pytest.raises(SecretError):
                await work("sftp", slot="F", url=server.origin, action="list", path=".")
        assert server.log.count("Connection from") == called


@pytest.mark.skipif(bool(missing()), reason=f"code cannot be walled in: {missing()}")
async def test_no_code_gets_a_value(vault: Vault) -> None:
    kept = Kept("value", {"value": "value-without-a-row"}, ("https://h.example",))
    with at_a_desk(vault, ONE=kept) as work:
        work.allow_code = True
        fill_up(vault)
        with pytest.raises(SecretError):
            await work(
                "code",
                source="def main(inputs, secrets):\n    print('it ran')",
                secrets={"one": {"secret": "ONE", "field": "value"}},
            )
        assert work.kept == []
