"""Which browser elsewhere the settings name: a table of ``playwright.config``, and variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agent.browser.remote.endpoint import Protocol, Remote
from agent.browser.remote.weaknesses import WORDS
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "RUNNER_BROWSER_"


class Elsewhere(BaseModel):
    """The ``[browser]`` table: a browser on another machine; see ``docs/remote-browsers.md``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = Field(default=None, min_length=1, repr=False)
    protocol: Protocol | None = None
    allow_weaker: tuple[str, ...] = ()

    @field_validator("allow_weaker")
    @classmethod
    def _known(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        for name in written:
            if name not in WORDS:
                raise ValueError(f"{name!r:.40} is no promise; these are: {', '.join(WORDS)}")
        return written

    def chosen(self, environ: Mapping[str, str]) -> Remote | None:
        """Give the endpoint in force: each variable goes before its line in the file.

        Raises ``UsageError`` naming the variable.
        """
        names = type(self).model_fields
        given = {name: environ.get(f"{_PREFIX}{name.upper()}") for name in names}
        changed: dict[str, Any] = {name: value for name, value in given.items() if value}
        if "allow_weaker" in changed:
            changed["allow_weaker"] = re.findall(r"[^,\s]+", changed["allow_weaker"])
        try:
            meant = type(self).model_validate(self.model_dump() | changed)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise UsageError(
                f"{_PREFIX}{str(first['loc'][0]).upper()}: {first['msg'].lower()}",
                hint="see docs/remote-browsers.md",
            ) from None
        if meant.endpoint is None:
            return None
        return Remote.of(meant.endpoint, meant.protocol, meant.allow_weaker)
