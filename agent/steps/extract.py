"""Read rows of the page into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Column, Target
from agent.tasks.names import Name

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from agent.steps.context import StepContext

MOST_ROWS = 10_000

# innerText is what a person sees: nothing hidden, a space where a line breaks. It also shouts where
# the style sheet does, which is no part of the text: that much is undone while it is read.
_SHOWN = """const shown = (element) => {
    const parts = [element, ...element.querySelectorAll("*")];
    if (parts.every((part) => getComputedStyle(part).textTransform === "none"))
        return element.innerText;
    const plain = new CSSStyleSheet();
    plain.replaceSync("* { text-transform: none !important; }");
    const styles = document.adoptedStyleSheets;
    document.adoptedStyleSheets = [...styles, plain];
    try { return element.innerText; } finally { document.adoptedStyleSheets = styles; }
};"""

_READ_FIELD = f"""(found, attribute) => {{
    {_SHOWN}
    return found.map((one) => attribute ? one.getAttribute(attribute) : shown(one));
}}"""

# "Nobody found" over the whole width is no record.
_READ_TABLE = f"""(table) => {{
    {_SHOWN}
    if (!(table instanceof HTMLTableElement)) return null;
    const rows = [...table.rows];
    const heads = rows.filter((row) => [...row.cells].every((cell) => cell.tagName === "TH"));
    const isNote = (row) => row.cells.length === 1 && row.cells[0].colSpan > 1;
    const texts = (row) => row ? [...row.cells].map(shown) : [];
    return {{
        head: texts(heads.at(-1)),
        rows: rows.filter((row) => !heads.includes(row) && !isNote(row)).map(texts),
    }};
}}"""


class Extract(Step):
    """Read a list of records from the page and save it for the task's outputs.

    With ``fields``, ``target`` matches every row, and each field is looked for inside its row: a
    field a row does not have is null, one that matches twice is an error. Without ``fields``,
    ``target`` is one HTML table and its header row names the fields. Texts have their white space
    joined.

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

    def words(self) -> str:
        """Say what is read and what it is called."""
        return f"read {self.target.words} as {self.save_as}"

    def saves(self) -> str:
        """The name the records are saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Read the rows there are once ``min_rows`` of them have come."""
        found = self.target.locate(context.session.page)
        limit = self.limit(context)
        if self.fields:
            await self._wait_for_rows(found, limit)
            records = await self._read_rows(found)
        else:
            await found.wait_for(state="attached", timeout=limit)
            await self._wait_for_rows(found.locator("css=tr:has(td)"), limit)
            records = await self._read_table(found)
        if len(records) < self.min_rows:
            raise StepFailed(
                f"{len(records)} rows in {self.target.words}, {self.min_rows} are needed",
                hint='if there may be none, say "min_rows": 0',
            )
        return StepResult(
            value=[{key: _joined(text) for key, text in record.items()} for record in records]
        )

    async def _wait_for_rows(self, rows: Locator, limit: float) -> None:
        if self.min_rows:
            await rows.nth(self.min_rows - 1).wait_for(state="attached", timeout=limit)

    async def _read_rows(self, rows: Locator) -> list[dict[str, str | None]]:
        count = await rows.count()
        if count > MOST_ROWS:
            raise StepFailed(f"{count} rows are more than the {MOST_ROWS} one step may read")
        return [await self._read_row(rows.nth(index), index) for index in range(count)]

    async def _read_row(self, row: Locator, index: int) -> dict[str, str | None]:
        record: dict[str, str | None] = {}
        for name, column in self.fields.items():
            texts = await column.locate(row).evaluate_all(_READ_FIELD, column.attribute)
            if len(texts) > 1:
                raise StepFailed(
                    f"row {index + 1} has {len(texts)} elements for the field {name}",
                    hint="make the field's target more exact, or pick one with nth",
                )
            record[name] = texts[0] if texts else None
        return record

    async def _read_table(self, table: Locator) -> list[dict[str, str | None]]:
        read: dict[str, Any] | None = await table.evaluate(_READ_TABLE)
        if read is None:
            raise StepFailed(
                f"{self.target.words} is not an HTML table",
                hint='let the target match the rows, and say with "fields" what to read in each',
            )
        names = field_names(read["head"])
        if not names:
            raise StepFailed(
                f"the table {self.target.words} has no header row to name its fields",
                hint='let the target match the rows, and say with "fields" what to read in each',
            )
        return [dict(zip(names, cells, strict=False)) for cells in read["rows"] if cells]


def field_names(head: list[str]) -> list[str]:
    """Name the fields by a table's header: each name once, and none empty."""
    names: list[str] = []
    for place, shown in enumerate(head, start=1):
        wanted = " ".join(shown.split()) or f"column {place}"
        names.append(f"{wanted} {place}" if wanted in names else wanted)
    return names


def _joined(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())
