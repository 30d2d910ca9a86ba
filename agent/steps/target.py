"""Which element of a page is meant: a Playwright locator as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.steps.roles import Role
from agent.steps.values import shown

if TYPE_CHECKING:
    from typing import Self

    from playwright.async_api import Locator, Page

WAYS = ("role", "label", "placeholder", "text", "test_id", "css", "xpath")
_EXACT = ("role", "label", "placeholder", "text")
_WORDS = {
    "label": "field",
    "placeholder": "field with the placeholder",
    "text": "text",
    "test_id": "element with the test id",
    "css": "element",
    "xpath": "element",
}
_Wanted = Annotated[str | None, Field(min_length=1, max_length=2_000)]


class Target(BaseModel):
    """Exactly one way to find an element, as Playwright's ``get_by_…`` methods do.

    ``name`` goes with ``role``; ``exact`` asks for the whole text in its own case; ``nth`` picks
    one of several, from 0, or from the end with -1.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": [way]} for way in WAYS]},
    )

    role: Annotated[Role | None, Field(description="ARIA role, like button or link.")] = None
    name: Annotated[_Wanted, Field(description="Accessible name; goes with role.")] = None
    label: Annotated[_Wanted, Field(description="Text of the field's label.")] = None
    placeholder: Annotated[_Wanted, Field(description="Placeholder text of the field.")] = None
    text: Annotated[_Wanted, Field(description="Text the element shows.")] = None
    test_id: Annotated[_Wanted, Field(description="The data-testid attribute.")] = None
    css: Annotated[_Wanted, Field(description="CSS selector.")] = None
    xpath: Annotated[_Wanted, Field(description="XPath expression.")] = None
    exact: Annotated[
        bool | None, Strict(), Field(description="Match the whole text, case-sensitively.")
    ] = None
    nth: Annotated[
        int | None, Strict(), Field(ge=-1000, le=1000, description="Which of several, from 0.")
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if not given:
            raise ValueError(f"needs one of {', '.join(WAYS)}")
        if len(given) > 1:
            raise ValueError(f"needs exactly one of {', '.join(given)}")
        if self.name is not None and self.role is None:
            raise ValueError('"name" goes with "role" only')
        if self.exact is not None and given[0] not in _EXACT:
            raise ValueError(f'"exact" does not go with "{given[0]}"')
        return self

    @property
    def way(self) -> str:
        """The key that says how the element is found."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def words(self) -> str:
        """Say which element is meant: ``link “Guests”``."""
        sought: str = getattr(self, self.way)
        if self.way == "role":
            words = sought if self.name is None else f"{sought} {shown(self.name)}"
        else:
            words = f"{_WORDS[self.way]} {shown(sought)}"
        if self.nth is None:
            return words
        if self.nth < 0:
            return f"{words} (number {-self.nth} from the end)"
        return f"{words} (number {self.nth + 1})"

    def locate(self, inside: Page | Locator) -> Locator:
        """Make the locator, in a page or inside another element; nothing is looked for yet."""
        found = self._by_role(inside) if self.role is not None else self._by_text(inside)
        return found if self.nth is None else found.nth(self.nth)

    def _by_role(self, inside: Page | Locator) -> Locator:
        asked: dict[str, Any] = {"name": self.name, "exact": self.exact}
        given = {key: value for key, value in asked.items() if value is not None}
        return inside.get_by_role(self.role or "button", **given)

    def _by_text(self, inside: Page | Locator) -> Locator:
        sought: str = getattr(self, self.way)
        if self.way in ("css", "xpath"):
            return inside.locator(f"{self.way}={sought}")
        if self.way == "test_id":
            return inside.get_by_test_id(sought)
        by = {
            "label": inside.get_by_label,
            "placeholder": inside.get_by_placeholder,
            "text": inside.get_by_text,
        }
        return by[self.way](sought, exact=self.exact)


class Column(Target):
    """Where in a row a field stands; ``attribute`` reads that instead of the text shown."""

    attribute: Annotated[
        _Wanted, Field(description="Read this attribute, like href, and not the text.")
    ] = None
