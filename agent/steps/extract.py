"""Read rows of the page into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, model_validator

from agent.errors import StepFailed
from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.records import Forms, RecordSchema
from agent.steps.rows import MOST_ROWS, read_rows, read_table
from agent.steps.step import Step
from agent.steps.tables import written
from agent.steps.target import Column, Target
from agent.tasks.names import Name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from playwright.async_api import Locator

    from agent.steps.context import StepContext
    from agent.steps.rows import Texts

_TURNING: Table[Callable[[Locator, Locator, float], Awaitable[bool]]] = Table(
    "agent.steps", {"turned": "turning:turned"}
)


class Extract(Step):
    """Read a list of records from the page and save it for the task's outputs.

    With ``fields``, ``target`` matches every row, and each field is looked for inside its row: a
    field a row does not have is null, one that matches twice is an error. Without ``fields``,
    ``target`` is one HTML table and its header row names the fields. Texts have their white space
    joined; ``schema`` makes numbers, dates and yes or no of them and checks every record.

    Example::

        {
            "type": "extract",
            "target": {"css": "#guests tbody tr"},
            "fields": {
                "name": {"css": "td", "nth": 0},
                "link": {"role": "link", "attribute": "href"}
            },
            "save_as": "guests"
        }
    """

    type: Literal["extract"] = "extract"
    target: Target
    fields: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=100)], Column],
        Field(max_length=100, description="Name of each field, and where in the row it stands."),
    ] = Field(default_factory=dict)
    save_as: Annotated[Name, Field(description="What the result is called.")]
    min_rows: Annotated[
        int, Strict(), Field(ge=0, le=MOST_ROWS, description="Wait for this many rows; 0 for any.")
    ] = 1
    records: Annotated[
        RecordSchema | None, Field(alias="schema", description="JSON Schema of one record.")
    ] = None
    forms: Annotated[Forms, Field(description="How numbers and dates are written.")] = Forms()
    next: Annotated[
        Target | None, Field(description="What is clicked to come to the next page.")
    ] = None
    pages: Annotated[
        int, Strict(), Field(ge=1, le=1000, description="The most pages that are read.")
    ] = 100
    adds: Annotated[
        bool, Strict(), Field(description="Whether the next page is added to the rows there are.")
    ] = False
    file: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.(?:json|jsonl|csv)$",
            description="Keep the records as a file too: .json, .jsonl or .csv.",
        ),
    ] = None

    @model_validator(mode="after")
    def _pages_need_next(self) -> Self:
        if self.next is None and self.model_fields_set & {"pages", "adds"}:
            raise ValueError('"pages" and "adds" go with "next"')
        return self

    def words(self) -> str:
        """Say what is read and what it is called."""
        return f"read {self.target.words} as {self.save_as}"

    def saves(self) -> str:
        """The name the records are saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Read the rows there are once ``min_rows`` of them have come, page after page."""
        texts = await self._every_page(context)
        if len(texts) < self.min_rows:
            raise StepFailed(
                f"{len(texts)} rows in {self.target.words}, {self.min_rows} are needed",
                hint='if there may be none, say "min_rows": 0',
            )
        made = [self._record(one, number) for number, one in enumerate(texts, start=1)]
        if self.file is not None:
            path = context.folder.sub("written") / f"{len(context.downloads)}-{self.file}"
            path.write_bytes(written(self.file, made))
            context.keep_file("records", path, self.file)
            context.downloads[self.save_as] = (self.file, path)
        return StepResult(value=made)

    def _record(self, texts: Texts, number: int) -> dict[str, Any]:
        if self.records is None:
            return dict(texts)
        return self.records.record(texts, self.forms, f"row {number}")

    async def _every_page(self, context: StepContext) -> list[Texts]:
        page, limit = context.session.page, self.limit(context)
        found = await self.target.pick(page, limit)
        rows = found if self.fields else found.locator("css=tr:has(td)")
        read: list[Texts] = []
        for number in range(1, self.pages + 1):
            if not self.fields:
                await found.wait_for(state="attached", timeout=limit)
            await self._wait_for_rows(rows, limit)
            shown = await self._read(found)
            read = shown if self.adds else [*read, *shown]
            if len(read) > MOST_ROWS:
                raise StepFailed(f"more than the {MOST_ROWS} rows that one step may read")
            if self.next is None or number == self.pages:
                break
            if not await _TURNING["turned"](self.next.locate(page).first, rows, limit):
                break
        return read

    async def _read(self, found: Locator) -> list[Texts]:
        if self.fields:
            return await read_rows(found, self.fields)
        return await read_table(found, self.target.words)

    async def _wait_for_rows(self, rows: Locator, limit: float) -> None:
        if self.min_rows:
            await rows.nth(self.min_rows - 1).wait_for(state="attached", timeout=limit)
