"""Files a step sends: beside the task, written in it, or downloaded before."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.errors import StepFailed
from agent.steps.values import shown
from agent.tasks.names import Name

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext


class Sent(BaseModel):
    """A file to send: one beside the task, a text with a name, or one a step has downloaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=500,
            description="A file in the task's folder or below it, like data/rooms.csv.",
        ),
    ] = None
    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,99}$",
            description="What the site is told the file is called.",
        ),
    ] = None
    text: Annotated[
        str | None, Field(max_length=1_000_000, description="What is in it; goes with name.")
    ] = None
    download: Annotated[Name | None, Field(description="The save_as of a download step.")] = None

    @field_validator("path")
    @classmethod
    def _stays_below(cls, written: str | None) -> str | None:
        if written is not None:
            parts = PurePosixPath(written).parts
            if "\\" in written or any(part.startswith((".", "/", "~")) for part in parts):
                raise ValueError("a file in the task's folder or below it, and no hidden one")
        return written

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.path, self.text, self.download)) != 1:
            raise ValueError("needs exactly one of path, text, download")
        if self.text is not None and self.name is None:
            raise ValueError('"text" needs "name": what the file is called')
        return self

    @property
    def words(self) -> str:
        """Name the file."""
        return shown(self.name or self.path or f"what {self.download} downloaded")

    def place(self, context: StepContext) -> tuple[str, Path]:
        """Give the name and the place of a file that is no text.

        Raises ``StepFailed`` where there is none, or where it lies outside the task's folder.
        """
        if self.download is not None:
            if self.download not in context.downloads:
                raise StepFailed(f"no step has downloaded {self.download} yet")
            name, path = context.downloads[self.download]
        else:
            name, path = Path(self.path or "").name, beside_the_task(self.path or "", context)
        if not path.is_file():
            raise StepFailed(f"the file {shown(self.path or name)} is not in the task's folder")
        return self.name or name, path


def beside_the_task(written: str, context: StepContext) -> Path:
    """Find a file by its path in the task's folder. Raises ``StepFailed`` for one outside."""
    if context.task_folder is None:
        raise StepFailed("the task was given as text: it has no folder that files could be in")
    folder = context.task_folder.resolve()
    path = (folder / written).resolve()
    if not path.is_relative_to(folder):
        raise StepFailed(f"the file {shown(written)} leads out of the task's folder")
    return path
