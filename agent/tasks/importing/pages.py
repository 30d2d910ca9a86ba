"""Which page each act of a recording was done in, as a run would have its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A page that was there for a moment closed itself: a run need not wait for it.
_MOMENT = 2.0


@dataclass(slots=True)
class Pages:
    """The pages of a run: it goes on in the newest, and when that closes in the one before.

    Nobody can tell whether a page was closed by a person or by itself; so where one was closed,
    pages are named by their address, and by their number elsewhere. The first is always 0.
    """

    _order: list[int] = field(default_factory=list)
    _begun: dict[int, float] = field(default_factory=dict)
    _ended: dict[int, float] = field(default_factory=dict)
    _waited_for: set[int] = field(default_factory=set)
    _same_as: dict[int, int] = field(default_factory=dict)

    def opened(self, event: Mapping[str, Any]) -> str:
        """Note a new page; says what of it no run can do.

        A tab that was opened by hand stands for the page it was opened from.
        """
        page = int(event["page"])
        self._begun[page] = float(event["time"])
        if event.get("by_hand") and self._order:
            self._same_as[page] = self._order[-1]
            return "a tab opened by hand: a run stays in its own"
        if not self._order:
            self._waited_for.add(page)
        if page not in self._order:
            self._order.append(page)
        return ""

    def shut(self, event: Mapping[str, Any]) -> None:
        """Note that a page was closed."""
        self._ended[int(event["page"])] = float(event["time"])

    def turns(self, event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Give what ``switch_page`` must be told before an act; a new page is waited for."""
        page = self._same_as.get(int(event["page"]), int(event["page"]))
        if not self._order:
            self._waited_for.add(page)
        if page not in self._order:
            self._order.append(page)
        newest = self._order[-1]
        if newest != page and newest not in self._waited_for and self._stayed(newest):
            yield self._wait_for(newest)
        if newest != page:
            yield {"number": 0} if page == min(self._order) else self._named(page, event)
            gone = self._ended.keys() - {page}
            self._order = [one for one in self._order if one != page and one not in gone]
            self._order.append(page)
        elif page not in self._waited_for:
            yield self._wait_for(page, event)

    def _wait_for(self, page: int, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self._waited_for.add(page)
        return self._named(page, event)

    def _named(self, page: int, event: Mapping[str, Any] | None) -> dict[str, Any]:
        address = str((event or {}).get("address", ""))
        if address.startswith("http") and self._ended.keys() - {page}:
            return {"url": f"{address.partition('?')[0].partition('#')[0]}**"}
        before = self._order[: self._order.index(page)]
        return {"number": sum(one not in self._ended for one in before)}

    def _stayed(self, page: int) -> bool:
        ended = self._ended.get(page)
        return ended is None or ended - self._begun.get(page, 0.0) > _MOMENT
