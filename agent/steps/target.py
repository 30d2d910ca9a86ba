"""Which element of a page is meant: a Playwright locator as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from agent.steps.roles import Role
from agent.steps.values import shown

if TYPE_CHECKING:
    from typing import Self

    from playwright.async_api import FrameLocator, Locator, Page

    Inside = Page | Locator | FrameLocator

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


class Alternative(BaseModel):
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

    def locate(self, inside: Inside) -> Locator:
        """Make the locator, in a page or inside another element; nothing is looked for yet."""
        found = self._by_role(inside) if self.role is not None else self._by_text(inside)
        return found if self.nth is None else found.nth(self.nth)

    def _by_role(self, inside: Inside) -> Locator:
        asked: dict[str, Any] = {"name": self.name, "exact": self.exact}
        given = {key: value for key, value in asked.items() if value is not None}
        return inside.get_by_role(self.role or "button", **given)

    def _by_text(self, inside: Inside) -> Locator:
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


class Target(Alternative):
    """Which element is meant, also in a frame and also where a site has it in several ways.

    ``frame`` is the CSS selector of the frame it stands in, or of one frame inside another from the
    outermost; ``alternatives`` are looked for in the same frame, in order.
    """

    frame: Annotated[
        Annotated[str, Field(min_length=1, max_length=500)]
        | Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=500)], ...],
            Field(min_length=1, max_length=5),
        ]
        | None,
        Field(description="CSS selector of the frame it is in; a list for frames inside frames."),
    ] = None
    alternatives: Annotated[
        tuple[Alternative, ...],
        Field(max_length=10, description="Other ways to find it, tried in order."),
    ] = ()

    @property
    def words(self) -> str:
        """Say which element is meant, and in which frame."""
        frames = (self.frame,) if isinstance(self.frame, str) else self.frame or ()
        return super().words + "".join(f" in the frame {shown(one)}" for one in reversed(frames))

    def locate(self, inside: Inside) -> Locator:
        """Make the locator of all ways together; nothing is looked for yet."""
        first, *others = self._ways(inside)
        for other in others:
            first = first.or_(other)
        return first

    async def pick(self, page: Page, limit: float) -> Locator:
        """Choose the first way that finds something visible, or else something, within ``limit``.

        Milliseconds. Of a target with one way nothing is looked for: the act itself waits.
        """
        ways = self._ways(page)
        if len(ways) == 1:
            return ways[0]
        await self.locate(page).first.wait_for(state="attached", timeout=limit)
        for way in (*(way.filter(visible=True) for way in ways), *ways):
            if await way.count():
                return way
        return ways[0]

    def _ways(self, inside: Inside) -> list[Locator]:
        frames = (self.frame,) if isinstance(self.frame, str) else self.frame or ()
        for frame in frames:
            inside = inside.frame_locator(frame)
        return [super().locate(inside), *(other.locate(inside) for other in self.alternatives)]


class Column(Alternative):
    """Where in a row a field stands; ``attribute`` reads that instead of the text shown."""

    attribute: Annotated[
        _Wanted, Field(description="Read this attribute, like href, and not the text.")
    ] = None
