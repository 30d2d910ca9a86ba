"""A user name and a password for a file server, and the key the server must prove to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.vault.fields import check_fields, check_one_line
from agent.vault.host_keys import fingerprint
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping


class SftpPassword(SecretType):
    """``username``, ``password`` and ``host_key``, the fingerprint of the server's own key."""

    name: ClassVar[str] = "sftp_password"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("username", "Username", Entry.VISIBLE),
        Part("password", "Password"),
        Part("host_key", "Server's key (SHA256:… or ssh-… AAAA…)", Entry.VISIBLE, public=True),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.SFTP, Use.CODE})
    schemes: ClassVar[frozenset[str]] = frozenset({"sftp"})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields, the server's key as its fingerprint; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, cls.required)
        checked["host_key"] = fingerprint(checked["host_key"])
        return checked
