"""A key sent under a name of the site's choosing, such as ``X-Api-Key``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from agent.errors import UsageError
from agent.vault.fields import check_fields, check_one_line
from agent.vault.secret_type import Entry, Part, SecretType, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 9110 section 5.6.2: what the name of a header may be made of.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# The request is framed and routed by these: a secret that sets them would change what is sent.
_FRAMING: Final = frozenset(
    {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)


class ApiKey(SecretType):
    """``key_name`` (a header's or parameter's name, no secret) and ``key_value``."""

    name: ClassVar[str] = "api_key"
    parts: ClassVar[tuple[Part, ...]] = (
        Part("key_name", "Name of the key, such as X-Api-Key", Entry.VISIBLE, public=True),
        Part("key_value", "Value of the key"),
    )
    uses: ClassVar[frozenset[Use]] = frozenset({Use.HTTP, Use.CODE})

    @classmethod
    def validate(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields; raises ``UsageError``."""
        checked = check_fields(cls, fields)
        check_one_line(checked, ("key_value",))
        name = checked["key_name"]
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise UsageError(
                "key_name cannot be the name of a header or parameter",
                hint="the name alone, like X-Api-Key; the key itself goes into key_value",
            )
        return checked
