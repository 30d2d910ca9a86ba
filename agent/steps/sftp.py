"""Move files to and from a server over SSH."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from agent.errors import EnvironmentUnfit, UsageError
from agent.registry import Table
from agent.steps.beyond import Beyond, cleaned
from agent.steps.context import StepResult
from agent.steps.sent import Sent
from agent.steps.step import SlotUse
from agent.steps.values import DRAFT, SlotName, shown
from agent.tasks.names import Name
from agent.vault.origin import Origin
from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from agent.steps.context import StepContext

_REMOTE: Table[Callable[[Sftp, StepContext], Awaitable[Any]]] = Table(
    "agent.steps.remote", {"carry_out": "acting:carry_out"}
)


def _server(written: str, info: ValidationInfo) -> str:
    if info.context and info.context.get(DRAFT) and "${" in written:
        return written
    if not written.startswith("sftp://") or "/" in written.removeprefix("sftp://").rstrip("/"):
        raise ValueError("a file server is written like sftp://files.example or sftp://host:2222")
    try:
        Origin.of_server(written)
    except UsageError as error:
        raise ValueError(error.message) from None
    return written


def _plain(written: str) -> str:
    if not written.isprintable():
        raise ValueError("a path holds no line break and no other control character")
    return written


_RemotePath = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_plain)
]


class Sftp(Beyond):
    """Put, get, list, remove or rename files on a server over SSH.

    The server must show the key that the secret names before it is sent anything. An upload that
    broke off goes on where it stopped, and gets its name only when it is whole.

    Example::

        {
            "type": "sftp",
            "slot": "FILES",
            "url": "sftp://files.hotel.example",
            "action": "put",
            "file": {"path": "rooms.csv"},
            "path": "in/rooms.csv"
        }
    """

    type: Literal["sftp"] = "sftp"
    slot: Annotated[
        SlotName, Field(description="A slot of type sftp_password or sftp_private_key.")
    ]
    url: Annotated[
        str,
        StringConstraints(min_length=1, max_length=300),
        AfterValidator(_server),
        Field(description="The server, like sftp://files.hotel.example or sftp://host:2222."),
    ]
    action: Annotated[
        Literal["put", "get", "list", "remove", "rename"], Field(description="What is done.")
    ]
    path: Annotated[_RemotePath, Field(description="The file, or the folder, on the server.")]
    to: Annotated[_RemotePath | None, Field(description="What rename makes of it.")] = None
    file: Annotated[Sent | None, Field(description="What put sends.")] = None
    as_file: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
            description="What get calls the file; by default as it is called on the server.",
        ),
    ] = None
    overwrite: Annotated[
        bool, Strict(), Field(description="Let put and rename replace what is there, in one move.")
    ] = False
    save_as: Annotated[Name | None, Field(description="What the result is called.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for key, action in (("file", "put"), ("to", "rename")):
            given = getattr(self, key) is not None
            if given and self.action != action:
                raise ValueError(f'"{key}" goes with "action": "{action}" only')
            if not given and self.action == action:
                raise ValueError(f'"action": "{action}" needs "{key}"')
        if self.as_file is not None and self.action != "get":
            raise ValueError('"as_file" goes with "action": "get" only')
        if self.overwrite and self.action not in ("put", "rename"):
            raise ValueError('"overwrite" goes with put and rename only')
        return self

    def words(self) -> str:
        """Name what is done, the path and the server."""
        if self.action == "put" and self.file is not None:
            return f"put {self.file.words} at {shown(self.path)} on {self.url}"
        if self.action == "rename":
            return f"rename {shown(self.path)} to {shown(self.to or '')} on {self.url}"
        return f"{self.action} {shown(self.path)} on {self.url}"

    def uses(self) -> tuple[SlotUse, ...]:
        """The slot, which must be of a type for file servers."""
        return (
            SlotUse(self.slot, ("slot",), "username", address=self.url, way=Use.SFTP, tries=True),
        )

    def may_retry(self) -> bool:
        """A server may be away before it is sent anything; with a key also later."""
        return True

    def saves(self) -> str | None:
        """The name the result is saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Do it; the value is the list, or what was moved with its size and SHA-256."""
        if find_spec("asyncssh") is None:
            raise EnvironmentUnfit(
                "file servers cannot be reached here: a package is missing",
                hint="pip install 'slotrunner[sftp]'",
            )
        done = await _REMOTE["carry_out"](self, context)
        return StepResult(value=cleaned(done, context.secrets.redactor))
