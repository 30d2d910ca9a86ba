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
    from playwright.async_api import ElementHandle, Locator

    from agent.steps.context import StepContext

MOST_ROWS = 10_000
# In CSS, the element a selector starts from: a field that is its row.
THE_ROW = ":scope"

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

# All cells of a column in one call; each comes with the rows it stands in. A row may be nested in
# another, and a cell may be in a shadow tree.
_READ_COLUMN = f"""(found, {{rows, attribute, itself}}) => {{
    {_SHOWN}
    const places = new Map(rows.map((row, place) => [row, place]));
    const above = (node) => node.parentElement ?? node.getRootNode().host;
    return found.map((one) => {{
        const around = itself ? [one] : [];
        for (let node = above(one); node && !itself; node = above(node)) around.push(node);
        const owners = around.filter((node) => places.has(node)).map((node) => places.get(node));
        return [owners, attribute ? one.getAttribute(attribute) : shown(one)];
    }});
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
        handles = await rows.element_handles()
        if len(handles) > MOST_ROWS:
            raise StepFailed(f"{len(handles)} rows are more than the {MOST_ROWS} one step may read")
        records: list[dict[str, str | None]] = [{} for _ in handles]
        for name, column in self.fields.items():
            found = await self._cells(rows, handles, column)
            for row, texts in enumerate(found):
                records[row][name] = _chosen(texts, column.nth, f"row {row + 1}, field {name}")
        return records

    async def _cells(
        self, rows: Locator, handles: list[ElementHandle], column: Column
    ) -> list[list[str | None]]:
        """Read a column: for each row the texts of everything in it that matches."""
        itself = column.css == THE_ROW
        # Which of several is counted inside each row, and not over all of them.
        cells = rows if itself else column.model_copy(update={"nth": None}).locate(rows)
        asked = {"rows": handles, "attribute": column.attribute, "itself": itself}
        texts: list[list[str | None]] = [[] for _ in handles]
        for owners, text in await cells.evaluate_all(_READ_COLUMN, asked):
            if not owners:
                raise StepFailed(
                    "the rows changed while they were read",
                    hint="wait for what tells that the page is done, then read",
                )
            for owner in owners:
                texts[owner].append(text)
        return texts

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


def _chosen(texts: list[str | None], nth: int | None, where: str) -> str | None:
    if nth is not None:
        return texts[nth] if -len(texts) <= nth < len(texts) else None
    if len(texts) > 1:
        raise StepFailed(
            f"{where}: {len(texts)} elements match",
            hint="make the field's target more exact, or pick one with nth",
        )
    return texts[0] if texts else None


def field_names(head: list[str]) -> list[str]:
    """Name the fields by a table's header: each name once, and none empty."""
    names: list[str] = []
    for place, shown in enumerate(head, start=1):
        wanted = " ".join(shown.split()) or f"column {place}"
        names.append(f"{wanted} {place}" if wanted in names else wanted)
    return names


def _joined(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())
