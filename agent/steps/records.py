"""What a record must be, in a small part of JSON Schema, and how texts become values of it."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.errors import StepFailed
from agent.steps.values import shown
from agent.tasks.placeholders import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

Kind = Literal["string", "integer", "number", "boolean", "null"]
DATES = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd.mm.yyyy": "%d.%m.%Y",
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "d mmmm yyyy": "%d %B %Y",
    "d mmm yyyy": "%d %b %Y",
}
DateForm = Literal[
    "yyyy-mm-dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "d mmmm yyyy", "d mmm yyyy"
]
_TRUE = frozenset({"true", "yes", "1", "✓", "✔", "x"})
_FALSE = frozenset({"false", "no", "0", "✗", "✘", "-", ""})
_Scalar = str | bool | int | float | None


class Property(BaseModel):
    """One field of a record, in the words of JSON Schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[
        Kind | Annotated[tuple[Kind, ...], Field(min_length=1, max_length=2)],
        Field(description='What the text becomes; ["integer", "null"] may be absent.'),
    ] = "string"
    format: Annotated[Literal["date"] | None, Field(description="A date, kept as 2026-11-22.")] = (
        None
    )
    enum: Annotated[
        tuple[_Scalar, ...], Field(max_length=500, description="The only values there may be.")
    ] = ()
    minimum: Annotated[float | None, Strict(), Field(description="The least number.")] = None
    maximum: Annotated[float | None, Strict(), Field(description="The greatest number.")] = None
    min_length: Annotated[
        int | None, Strict(), Field(alias="minLength", ge=0, description="The shortest text.")
    ] = None
    max_length: Annotated[
        int | None, Strict(), Field(alias="maxLength", ge=0, description="The longest text.")
    ] = None
    title: Annotated[str, Field(max_length=1000, description="For people.")] = ""
    description: Annotated[str, Field(max_length=5000, description="For people.")] = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if isinstance(self.type, tuple) and len(set(self.type) - {"null"}) != 1:
            raise ValueError('"type" is one kind, or one kind and "null"')
        if self.kind == "null":
            raise ValueError("a field that is always null says nothing")
        if self.format is not None and self.kind != "string":
            raise ValueError('"format": "date" goes with "type": "string"')
        return self

    @property
    def kind(self) -> Kind:
        """What the value is where there is one."""
        kinds = (self.type,) if isinstance(self.type, str) else self.type
        return next((kind for kind in kinds if kind != "null"), "null")

    @property
    def may_be_absent(self) -> bool:
        """Whether null is a value too."""
        return isinstance(self.type, tuple) and "null" in self.type


class Forms(BaseModel):
    """How numbers and dates are written on the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimal: Annotated[
        Literal[".", ","], Field(description="What stands before the decimals of a number.")
    ] = "."
    dates: Annotated[DateForm, Field(description="How dates are written.")] = "yyyy-mm-dd"


class RecordSchema(BaseModel):
    """What every record is: a JSON Schema of one flat object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Annotated[str, Field(alias="$schema", description="Not read.")] = ""
    type: Annotated[Literal["object"], Field(description="A record is an object.")] = "object"
    properties: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=100)], Property],
        Field(min_length=1, max_length=100, description="The fields by name."),
    ]
    required: Annotated[
        tuple[str, ...], Field(max_length=100, description="Fields that every record has.")
    ] = ()
    others: Annotated[
        bool,
        Strict(),
        Field(
            alias="additionalProperties",
            description="Whether fields without a property stay, as text; false leaves them out.",
        ),
    ] = True
    title: Annotated[str, Field(max_length=1000, description="For people.")] = ""
    description: Annotated[str, Field(max_length=5000, description="For people.")] = ""

    @model_validator(mode="after")
    def _required_are_known(self) -> Self:
        for name in self.required:
            if name not in self.properties:
                guess = did_you_mean(name, self.properties)
                raise ValueError(f'"required" names a field without a property{guess}')
        return self

    def record(self, texts: dict[str, str | None], forms: Forms, where: str) -> dict[str, Any]:
        """Make a record of the texts that were read. Raises ``StepFailed`` where they do not fit.

        ``where`` is what messages call the row.
        """
        made: dict[str, Any] = {}
        for name, wanted in self.properties.items():
            place = f"{where}, field {name}"
            if name not in texts and name in self.required:
                raise StepFailed(f"{place}: it is not there; read: {', '.join(texts) or 'nothing'}")
            value = _value(texts.get(name), wanted, forms, place)
            if value is None and name in self.required and not wanted.may_be_absent:
                raise StepFailed(f"{place}: it is empty, and required")
            if value is not None:
                _check(value, wanted, place)
            made[name] = value
        kept = {k: v for k, v in texts.items() if k not in made} if self.others else {}
        return made | kept


def _value(text: str | None, wanted: Property, forms: Forms, place: str) -> Any:
    if text is None or (text == "" and wanted.kind in ("integer", "number")):
        return None
    if wanted.format == "date":
        return _date(text, forms, place) if text else None
    return _READINGS[wanted.kind](text, forms, place)


def _check(value: Any, wanted: Property, place: str) -> None:
    if wanted.enum and value not in wanted.enum:
        raise StepFailed(f"{place}: {shown(str(value))} is not among the values of its enum")
    size = len(value) if isinstance(value, str) else None
    if size is not None and wanted.min_length is not None and size < wanted.min_length:
        raise StepFailed(f"{place}: shorter than {wanted.min_length} characters")
    if size is not None and wanted.max_length is not None and size > wanted.max_length:
        raise StepFailed(f"{place}: longer than {wanted.max_length} characters")
    if size is None and wanted.minimum is not None and value < wanted.minimum:
        raise StepFailed(f"{place}: {value} is less than {wanted.minimum:g}")
    if size is None and wanted.maximum is not None and value > wanted.maximum:
        raise StepFailed(f"{place}: {value} is more than {wanted.maximum:g}")


def _text(text: str, _forms: Forms, _place: str) -> str:
    return text


def _digits(text: str, forms: Forms) -> str:
    """Take away what stands around and between digits: currency signs, spaces, thousands marks."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKC", text)
        if not letter.isspace() and unicodedata.category(letter) != "Sc"
    )
    plain = re.sub(r"^[A-Z]{3}|[A-Z]{3}$|%$", "", plain.replace("\N{MINUS SIGN}", "-"))
    thousands = "," if forms.decimal == "." else "."
    thousands += "'\N{RIGHT SINGLE QUOTATION MARK}"
    grouped = rf"[+-]?\d{{1,3}}(?:[{thousands}]\d{{3}})+(?:{re.escape(forms.decimal)}\d+)?"
    if re.fullmatch(grouped, plain):
        plain = re.sub(rf"[{thousands}]", "", plain)
    return plain.replace(forms.decimal, ".")


def _integer(text: str, forms: Forms, place: str) -> int:
    digits = _digits(text, forms)
    if not re.fullmatch(r"[+-]?\d{1,18}(?:\.0+)?", digits, re.ASCII):
        raise StepFailed(f"{place}: expected a whole number, found {shown(text)}")
    return int(digits.partition(".")[0])


def _number(text: str, forms: Forms, place: str) -> float:
    digits = _digits(text, forms)
    if not re.fullmatch(r"[+-]?\d{1,18}(?:\.\d{1,18})?", digits, re.ASCII):
        raise StepFailed(f"{place}: expected a number, found {shown(text)}")
    return float(digits)


def _boolean(text: str, _forms: Forms, place: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise StepFailed(f"{place}: expected yes or no, found {shown(text)}")
    return word in _TRUE


def _date(text: str, forms: Forms, place: str) -> str:
    try:
        return datetime.strptime(text, DATES[forms.dates]).date().isoformat()  # noqa: DTZ007 - a day
    except ValueError:
        told = f"expected a date like {forms.dates}, found {shown(text)}"
        raise StepFailed(f"{place}: {told}") from None


_READINGS: dict[str, Callable[[str, Forms, str], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
