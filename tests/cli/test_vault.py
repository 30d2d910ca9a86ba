"""The vault's keys at the command line: made, opened without a terminal, rotated, copied."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
import pytest

from tests.cli.conftest import EXECUTABLE
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Call, Said

WORDS = "orbit velvet hammer lagoon"


@pytest.fixture
def by_descriptor(environment: dict[str, str], tmp_path: Path) -> Callable[..., Any]:
    """Call ``runner --unlock-fd`` with a pipe that holds the lines given."""

    def call(*arguments: str, lines: str = WORDS) -> subprocess.CompletedProcess[str]:
        reading, writing = os.pipe()
        os.write(writing, lines.encode())
        os.close(writing)
        try:
            return subprocess.run(
                [EXECUTABLE, "--unlock-fd", str(reading), *arguments],
                pass_fds=[reading], env=environment, cwd=tmp_path, input="",
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        finally:
            os.close(reading)

    return call


def test_a_vault_is_made_described_and_opened(call: Call) -> None:
    assert call("vault", "status", "--json").document is None
    made = call("vault", "init", "--json")
    assert (made.code, made.document["kind"]) == (0, "file")
    call("vault", "init").fails_in_one_line(2)
    status = call("vault", "status", "--json").document
    assert [slot["id"] for slot in status["slots"]] == [made.document["id"]]
    assert made.document["id"] in call("vault", "status").out
    assert call("vault", "unlock", "--json").document["opened"] is True


def test_a_passphrase_comes_by_descriptor_and_from_nowhere_else(
    by_descriptor: Callable[..., Any], environment: dict[str, str], call: Call
) -> None:
    environment["RUNNER_KEY"] = "passphrase"
    assert by_descriptor("vault", "init").returncode == 0
    assert by_descriptor("secrets", "list", "--json").stdout == "[]\n"
    wrong = by_descriptor("secrets", "list", lines="no such passphrase")
    assert wrong.returncode == 4
    assert "no such passphrase" not in wrong.stdout + wrong.stderr
    empty = by_descriptor("secrets", "list", lines="")
    assert empty.returncode == 2
    environment["RUNNER_PASSPHRASE"] = environment["RUNNER_KEY_PASSPHRASE"] = WORDS
    assert "nobody to ask" in call("vault", "unlock").fails_in_one_line(4)


def test_a_weak_passphrase_makes_no_vault(
    by_descriptor: Callable[..., Any], environment: dict[str, str], call: Call
) -> None:
    environment["RUNNER_KEY"] = "passphrase"
    for weak in ("short", "aaaaaaaaaaaaaa", "password123456"):
        said = by_descriptor("vault", "init", lines=weak)
        assert said.returncode == 2
        assert weak not in said.stdout + said.stderr
    assert call("vault", "status", "--json").document is None


def test_a_systemd_credential_opens_the_vault(
    environment: dict[str, str], tmp_path: Path, call: Call
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "slotrunner-passphrase").write_text(f"{WORDS}\n")
    environment["RUNNER_KEY"] = "passphrase"
    made = call("vault", "init", "--generate")
    assert made.code == 0
    [words] = [line.strip() for line in made.err.splitlines() if line.startswith("  ")]
    assert len(words.split("-")) == 6
    call("vault", "unlock").fails_in_one_line(4)
    environment["CREDENTIALS_DIRECTORY"] = str(credentials)
    call("vault", "unlock").fails_in_one_line(4)
    (credentials / "slotrunner-passphrase").write_text(f"{words}\n")
    assert call("vault", "unlock").code == 0


def test_a_passphrase_is_asked_for_on_a_terminal_and_not_shown(
    by_descriptor: Callable[..., Any], environment: dict[str, str]
) -> None:
    environment["RUNNER_KEY"] = "passphrase"
    assert by_descriptor("vault", "init").returncode == 0
    ours, theirs = pty.openpty()
    with started(
        [EXECUTABLE, "vault", "unlock"], stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment, close_fds=True,
    ) as child:  # fmt: skip
        os.close(theirs)
        said = os.read(ours, 4096)
        while b"(hidden)" not in said:
            said += os.read(ours, 4096)
        os.write(ours, f"{WORDS}\n".encode())
        assert child.wait(30) == 0
        said += os.read(ours, 4096)
    os.close(ours)
    assert WORDS.encode() not in said
    assert b"the vault opens with the passphrase" in said


def test_keys_come_and_go_and_the_last_one_stays(
    by_descriptor: Callable[..., Any], call: Call, environment: dict[str, str]
) -> None:
    first = call("vault", "init", "--json").document["id"]
    call("vault", "remove-key", first).fails_in_one_line(2)
    assert by_descriptor("vault", "add-key", "passphrase").returncode == 0
    call("vault", "remove-key", first).fails_in_one_line(2)
    call("vault", "add-key", "nothing").fails_in_one_line(2)
    environment["RUNNER_KEY"] = "passphrase"
    assert by_descriptor("vault", "remove-key", first).returncode == 0
    environment["RUNNER_KEY"] = "file"
    call("vault", "unlock").fails_in_one_line(4)


def test_a_headless_machine_says_that_it_has_no_keyring(
    environment: dict[str, str], call: Call
) -> None:
    environment["RUNNER_KEY"] = "keyring"
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    assert "no keyring" in call("vault", "init").fails_in_one_line(4)
    assert call("vault", "status", "--json").document is None


def test_rotation_verification_and_purging_say_what_they_did(
    call: Call, stored: Callable[..., Any]
) -> None:
    card = stored()
    values = {"username": "ann", "password": "pw-2 canary"}
    assert call("secrets", "rotate", card["id"], "--stdin", piped=values).code == 0
    done = call("vault", "rotate", "--json").document
    assert (done["moved"], done["term"]) == (2, 2)
    assert call("vault", "rotate", "--deep", "--json").document["term"] == 3
    assert call("secrets", "purge", card["id"], "--json").document == {"purged": 1}
    found = call("vault", "verify", "--json")
    assert (found.code, found.document["problems"], found.document["versions"]) == (0, [], 1)
    assert call("secrets", "show", card["id"], "--json").document["version"] == 2


def test_an_older_database_is_refused_until_it_is_meant(
    call: Call, stored: Callable[..., Any], environment: dict[str, str], tmp_path: Path
) -> None:
    card = stored()
    assert call("vault", "backup", tmp_path / "old.db").code == 0
    call("vault", "backup", tmp_path / "old.db").fails_in_one_line(2)
    values = {"username": "ann", "password": "pw-2 canary"}
    assert call("secrets", "rotate", card["id"], "--stdin", piped=values).code == 0
    home = Path(environment["RUNNER_HOME"])
    for path in home.glob("runner.db*"):
        path.unlink()
    (home / "runner.db").write_bytes((tmp_path / "old.db").read_bytes())
    (home / "runner.db").chmod(0o600)
    refused = call("secrets", "list", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (4, "vault_rolled_back")
    call("vault", "restore", "--accept-present").fails_in_one_line(2)
    assert call("vault", "restore", "--accept-present", "--yes").code == 0
    assert call("secrets", "show", card["id"], "--json").document["version"] == 1
    assert call("vault", "restore", tmp_path / "old.db", "--yes", "--json").document["kept"]
    acts = [row["action"] for row in call("audit", "list", "--json").document]
    assert acts[-1] == "restored"
    assert call("audit", "verify").code == 0


def test_an_export_goes_to_another_vault_and_its_values_to_no_output(
    call: Call, stored: Callable[..., Any], environment: dict[str, str], tmp_path: Path
) -> None:
    stored(username="ann", password="canary-p4ss")
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"# made for a test\n{identity}\n")
    recipient = str(identity.to_public())
    said: list[Said] = [call("vault", "export", "all.age", "--recipient", recipient)]
    assert said[0].code == 0, said[0].err
    assert (tmp_path / "all.age").stat().st_mode & 0o777 == 0o600
    call("vault", "export", "all.age", "--recipient", recipient).fails_in_one_line(2)
    call("vault", "export", "b.age", "--recipient", "nobody").fails_in_one_line(2)
    assert not (tmp_path / "b.age").exists()
    call("vault", "export", "b.age", "--no-input").fails_in_one_line(2)
    environment["RUNNER_HOME"] = str(tmp_path / "elsewhere")
    said.append(call("vault", "import", "all.age", "--identity", "identity", "--json"))
    assert said[1].document == {"imported": ["Hotel admin"]}
    said.append(call("audit", "export"))
    acts = [json.loads(line)["action"] for line in said[2].out.splitlines()]
    assert acts == ["created", "imported"]
    assert not any("canary" in one.everything for one in said)
