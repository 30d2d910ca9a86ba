"""What a page's form sends: texts and files, read once and never printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form; those that are empty count as left out."""

    texts: Mapping[str, tuple[str, ...]] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)

    def one(self, name: str) -> str:
        """Give a field's text without the space around it; nothing where it was left out."""
        return self.texts.get(name, ("",))[0].strip()

    def exact(self, name: str) -> str:
        """Give a field's text as it was typed: a password may begin with a space."""
        return self.texts.get(name, ("",))[0]

    def several(self, name: str) -> tuple[str, ...]:
        """Give every text sent under one name."""
        return self.texts.get(name, ())

    def lines(self, name: str) -> list[str]:
        """Give the lines of a field that are not empty."""
        return [line.strip() for line in self.one(name).splitlines() if line.strip()]

    def under(self, prefix: str) -> dict[str, str]:
        """Give the filled fields whose names begin alike, by the rest of the name."""
        return {
            name.removeprefix(prefix): texts[0]
            for name, texts in self.texts.items()
            if name.startswith(prefix) and texts[0]
        }

    def without_values(self, said: str) -> str:
        """Cut what was typed into secret fields out of what is said about it."""
        for name, texts in self.texts.items():
            if name.startswith(_SECRET):
                for text in filter(None, texts):
                    said = said.replace(text, "…").replace(repr(text)[1:-1], "…")
        return said


_SECRET: Final = ("value-", "password", "new", "again", "key", "code")


async def _read(request: Request) -> Form:
    sent = await request.form(max_files=20, max_fields=_MOST)
    texts: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if content:
                files[name] = content
        else:
            # A text area sends its lines as a network protocol writes them.
            texts[name] = (*texts.get(name, ()), value.replace("\r\n", "\n"))
    return Form(texts, files)


Sent = Annotated[Form, Depends(_read)]
"""The parameter of a route that takes a form."""
