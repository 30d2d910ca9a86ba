"""A user name and a private key for a file server, and the key the server must prove to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields, check_one_line
from agent.vault.host_keys import fingerprint
from agent.vault.private_keys import check_private_key
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping


class SftpPrivateKey(SecretType):
    """``username``, ``private_key`` (OpenSSH or PEM), its ``passphrase`` and ``host_key``."""

    name: ClassVar[str] = "sftp_private_key"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("username", "Username", Entry.VISIBLE),
        Part("private_key", "Private key", Entry.FILE),
        Part("passphrase", "Passphrase of the private key", required=False),
        Part("host_key", "Server's key (SHA256:… or ssh-… AAAA…)", Entry.VISIBLE, public=True),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.SFTP})
    schemes: ClassVar[frozenset[str]] = frozenset({"sftp"})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields once the key opened with its passphrase; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, ("username", "passphrase", "host_key"))
        checked["host_key"] = fingerprint(checked["host_key"])
        checked["private_key"] = check_private_key(
            checked["private_key"], checked.get("passphrase")
        )
        return checked
