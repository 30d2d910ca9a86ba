"""Reads the rows of a list or a table that the page shows, as texts by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import ElementHandle, Locator

    from agent.steps.target import Column

    Texts = dict[str, str | None]

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


async def read_rows(rows: Locator, fields: Mapping[str, Column]) -> list[Texts]:
    """Read each field inside its row. Raises ``StepFailed`` for too many rows or matches."""
    handles = await rows.element_handles()
    if len(handles) > MOST_ROWS:
        raise StepFailed(f"{len(handles)} rows are more than the {MOST_ROWS} one step may read")
    records: list[Texts] = [{} for _ in handles]
    for name, column in fields.items():
        found = await _cells(rows, handles, column)
        for row, texts in enumerate(found):
            chosen = _chosen(texts, column.nth, f"row {row + 1}, field {name}")
            records[row][name] = _joined(chosen)
    return records


async def _cells(
    rows: Locator, handles: list[ElementHandle], column: Column
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


async def read_table(table: Locator, words: str) -> list[Texts]:
    """Read an HTML table whose header names the fields; ``words`` is what messages call it."""
    read: dict[str, Any] | None = await table.evaluate(_READ_TABLE)
    if read is None:
        raise StepFailed(
            f"{words} is not an HTML table",
            hint='let the target match the rows, and say with "fields" what to read in each',
        )
    names = field_names(read["head"])
    if not names:
        raise StepFailed(
            f"the table {words} has no header row to name its fields",
            hint='let the target match the rows, and say with "fields" what to read in each',
        )
    cells = ([_joined(cell) for cell in row] for row in read["rows"] if row)
    return [dict(zip(names, row, strict=False)) for row in cells]


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
