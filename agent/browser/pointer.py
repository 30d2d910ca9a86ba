"""Press elements that Playwright cannot reach: those of closed shadow roots.

The element is met in an isolated world; the press itself is the browser's, as a person's would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.browser.isolated import Sighting
    from agent.browser.session import Session

_WHERE = """function() {
  const element = this.element;
  if (!element || !element.isConnected || element.matches(':disabled')) return null;
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const met = element.getRootNode().elementFromPoint(x, y);
  return met && (met === element || element.contains(met)) ? [x, y] : null;
}"""


async def press(session: Session, sighting: Sighting) -> bool:
    """Press an element of a page's own document; False when it cannot be reached.

    It cannot when it is gone, disabled, covered by something else, or in a frame.
    """
    if sighting.frame.parent_frame is not None:
        return False
    point = await sighting.element.call(_WHERE)
    if point is None:
        return False
    await session.page.mouse.click(point[0], point[1])
    return True
