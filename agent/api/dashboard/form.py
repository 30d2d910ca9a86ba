"""What a page's form sends: texts and files, read once and never printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from agent.api.problems import SaidNo
from agent.api.walls import LARGEST_PICTURE

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


class InMemory(MultiPartParser):
    """Reads files into memory, however large they may be here: a picture can be a key's."""

    spool_max_size = LARGEST_PICTURE


async def _sent(request: Request) -> FormData:
    if "multipart/" not in request.headers.get("content-type", ""):
        return await request.form(max_fields=_MOST)
    try:
        return await InMemory(
            request.headers, request.stream(), max_files=20, max_fields=_MOST
        ).parse()
    except MultiPartException:
        raise SaidNo(422, "invalid", "The form is not one of this server's.") from None


async def _read(request: Request) -> Form:
    sent = await _sent(request)
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
    await sent.close()
    return Form(texts, files)


Sent = Annotated[Form, Depends(_read)]
"""The parameter of a route that takes a form."""
