"""Which of a page's pictures a person may see who takes a run over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from agent.artifacts.live import LiveCamera
from agent.artifacts.page_reading import Reading

if TYPE_CHECKING:
    from agent.artifacts.seen_page import Box
    from agent.browser.session import Session

PUZZLE: Box = (0.0, 0.0, 10.0, 10.0)
DRAWN: Box = (20.0, 0.0, 30.0, 10.0)
DARK: Box = (40.0, 0.0, 50.0, 10.0)
NAMED = "1 7 /puzzle.png /puzzle.png"


@dataclass
class Page:
    """Stands for a session whose page was typed into, or not."""

    page: object = field(default_factory=object)
    typed_into: set[Any] = field(default_factory=set)
    secrets: Any = None
    others: tuple[object, ...] = ()

    @property
    def pages(self) -> list[object]:
        return [*self.others, self.page]


class Secrets:
    redactor = None

    def slots(self) -> tuple[str, ...]:
        return ()


def camera(page: Page, *, pictures: bool = True) -> LiveCamera:
    page.secrets = Secrets()
    return LiveCamera(cast("Session", page), pictures=pictures)


def reading(*media: tuple[str, Box]) -> Reading:
    return Reading([], list(media), [], [DARK], 1)


def hidden(one: LiveCamera, seen: Reading) -> set[Box]:
    shown = cast("Any", one)._session.page
    return set(one._unread(shown, seen, seen))


@pytest.fixture
def page() -> Page:
    return Page()


def test_what_stood_there_before_anything_was_typed_stays_seen_and_nothing_else(
    page: Page,
) -> None:
    one = camera(page)
    # A frame that cannot be looked into is never shown.
    assert hidden(one, reading((NAMED, PUZZLE), ("", DRAWN))) == {DARK}
    page.typed_into.add(page.page)
    assert hidden(one, reading((NAMED, PUZZLE), ("", DRAWN))) == {DRAWN, DARK}
    other_source = NAMED.replace("puzzle", "made-of-what-was-typed")
    assert hidden(one, reading((other_source, PUZZLE))) == {PUZZLE, DARK}


def test_in_a_page_that_was_typed_into_before_no_picture_is_seen(page: Page) -> None:
    page.typed_into.add(page.page)
    assert hidden(camera(page), reading((NAMED, PUZZLE))) == {PUZZLE, DARK}


def test_where_none_may_be_shown_all_are_covered(page: Page) -> None:
    seen = reading((NAMED, PUZZLE), ("", DRAWN))
    assert hidden(camera(page, pictures=False), seen) == {PUZZLE, DRAWN, DARK}


def test_a_picture_that_came_while_one_was_taken_is_not_known_as_harmless(page: Page) -> None:
    one = camera(page)
    one._unread(cast("Any", page.page), reading(), reading((NAMED, PUZZLE)))
    page.typed_into.add(page.page)
    assert hidden(one, reading((NAMED, PUZZLE))) == {PUZZLE, DARK}


def test_the_picture_is_judged_by_the_page_it_is_of_and_not_by_the_one_that_came(
    page: Page,
) -> None:
    one, shown = camera(page), cast("Any", page.page)
    page.typed_into.add(shown)
    page.page = object()
    seen = reading((NAMED, PUZZLE))
    assert set(one._unread(shown, seen, seen)) == {PUZZLE, DARK}


def test_while_another_page_that_was_typed_into_is_open_no_new_picture_is_seen(page: Page) -> None:
    opener = object()
    page.others = (opener,)
    assert hidden(camera(page), reading((NAMED, PUZZLE))) == {DARK}
    page.typed_into.add(opener)
    assert hidden(camera(page), reading((NAMED, PUZZLE))) == {PUZZLE, DARK}
