import csv
import io
import json
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import StepFailed
from agent.steps.records import Forms, RecordSchema
from agent.steps.tables import written


def record(
    texts: dict[str, str | None], forms: Forms | None = None, **fields: Any
) -> dict[str, Any]:
    schema = RecordSchema.model_validate({"properties": fields})
    return schema.record(texts, forms or Forms(), "row 1")


@pytest.mark.parametrize(
    ("text", "kind", "decimal", "value"),
    [
        ("7", "integer", ".", 7),
        ("1,234,567", "integer", ".", 1234567),
        ("1.234,50 €", "number", ",", 1234.5),
        ("EUR 1,007.50", "number", ".", 1007.5),
        ("-3", "integer", ".", -3),
        ("\N{MINUS SIGN}3,5", "number", ",", -3.5),
        ("1 234", "integer", ".", 1234),
        ("12 %", "number", ".", 12.0),
        ("", "number", ".", None),
        ("Yes", "boolean", ".", True),
        ("", "boolean", ".", False),
        ("a  b", "string", ".", "a  b"),
    ],
)
def test_a_text_becomes_a_value(text: str, kind: str, decimal: Any, value: Any) -> None:
    made = record({"x": text}, Forms(decimal=decimal), x={"type": kind})
    assert made == {"x": value}
    assert type(made["x"]) is type(value)


@pytest.mark.parametrize(
    ("text", "property_", "told"),
    [
        ("many", {"type": "integer"}, "row 1, field x: expected a whole number, found “many”"),
        ("3.5", {"type": "integer"}, "expected a whole number"),
        ("1,23", {"type": "number"}, "expected a number"),
        ("1e5", {"type": "number"}, "expected a number"),
        ("maybe", {"type": "boolean"}, "expected yes or no"),
        ("22.11.2026", {"format": "date"}, "expected a date like yyyy-mm-dd"),
        ("b", {"enum": ["a"]}, "is not among the values"),
        ("3", {"type": "integer", "minimum": 4}, "3 is less than 4"),
        ("3", {"type": "integer", "maximum": 2}, "3 is more than 2"),
        ("abc", {"maxLength": 2}, "longer than 2"),
        ("", {"minLength": 1}, "shorter than 1"),
    ],
)
def test_one_that_does_not_fit_is_told_with_row_and_field(
    text: str, property_: dict[str, Any], told: str
) -> None:
    with pytest.raises(StepFailed, match=told):
        record({"x": text}, x=property_)


@pytest.mark.parametrize(
    ("form", "text"),
    [("dd.mm.yyyy", "22.11.2026"), ("mm/dd/yyyy", "11/22/2026"), ("d mmm yyyy", "22 Nov 2026")],
)
def test_a_date_is_kept_as_iso(form: Any, text: str) -> None:
    assert record({"x": text}, Forms(dates=form), x={"format": "date"}) == {"x": "2026-11-22"}


def test_required_absent_and_other_fields() -> None:
    schema: dict[str, Any] = {
        "properties": {"a": {"type": "integer"}, "b": {"type": ["integer", "null"]}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }
    read = RecordSchema.model_validate(schema)
    assert read.record({"a": "1", "b": None, "c": "x"}, Forms(), "row 1") == {"a": 1, "b": None}
    for texts, told in (
        ({"a": "1"}, "field b: it is not there"),
        ({"a": "", "b": "1"}, "is empty"),
    ):
        with pytest.raises(StepFailed, match=told):
            read.record(texts, Forms(), "row 1")
    open_ended = RecordSchema.model_validate(schema | {"additionalProperties": True})
    assert open_ended.record({"a": "1", "b": "2", "c": "x"}, Forms(), "r")["c"] == "x"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({}, "properties"),
        ({"properties": {"a": {"type": "date"}}}, "type"),
        ({"properties": {"a": {"pattern": "(a+)+"}}}, "pattern"),
        ({"properties": {"a": {"$ref": "http://x"}}}, "ref"),
        ({"properties": {"a": {}}, "required": ["b"]}, "a field without a property"),
        ({"properties": {"a": {"type": ["integer", "string"]}}}, "one kind"),
        ({"properties": {"a": {"type": "null"}}}, "says nothing"),
        ({"type": "array", "properties": {"a": {}}}, "type"),
    ],
)
def test_what_is_no_schema_of_a_record_is_refused(schema: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RecordSchema.model_validate(schema)


ROWS = [{"a": "=1+1", "b": 1.5, "c": None}, {"a": 'ä,"x"\n', "b": -2, "d": True}]


def test_records_are_written_as_json_and_json_lines() -> None:
    assert json.loads(written("x.json", ROWS)) == ROWS
    lines = written("x.jsonl", ROWS).decode().splitlines()
    assert [json.loads(line) for line in lines] == ROWS


def test_a_csv_computes_nothing_and_reads_back() -> None:
    text = written("x.csv", ROWS).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a", "b", "c", "d"],
        ["'=1+1", "1.5", "", ""],
        ['ä,"x"\n', "-2", "", "true"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b"])
def test_no_cell_and_no_heading_begins_a_formula(start: str) -> None:
    text = written("x.csv", [{f"{start}cmd": f"{start}cmd|' /C calc'!A0"}]).decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert [cell[0] for cell in cells] == ["'", "'"]
