"""Open closed shadow roots to the observer, and to it alone.

A page that closes a shadow root hides it from every script, ours in its isolated world included.
The browser's debugging protocol sees it and can hand it to that world; the page is not changed and
cannot notice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import CDPSession

_FEW = 4  # so many elements are asked about one by one; more, by one question for the document


@dataclass(frozen=True, slots=True)
class Eye:
    """The observer in one document: the session it is reached by, its context, its name there."""

    cdp: CDPSession
    context: int
    name: str

    async def admit_closed_roots(self, suspects: int) -> int:
        """Hand closed roots to the observer and return how many there were.

        ``suspects`` is how many elements the last look named; 0 searches the whole document.
        """
        if 0 < suspects <= _FEW:
            names = (f"{self.name}.suspect({place})" for place in range(suspects))
            asked = (self._described(name, 1) for name in names)
            trees = await asyncio.gather(*asked)
        else:
            trees = [await self._described("document", -1)]
        found = [pair for tree in trees for pair in _closed(tree)]
        await asyncio.gather(*(self._admit(host, root) for host, root in found))
        await self._evaluate(f"{self.name}.settle()")
        return len(found)

    async def _admit(self, host: int, root: int) -> None:
        ids = [await self._resolved(number) for number in (host, root)]
        await self.cdp.send(
            "Runtime.callFunctionOn",
            {
                "objectId": ids[0],
                "functionDeclaration": f"function(root) {{ {self.name}.admit(this, root); }}",
                "arguments": [{"objectId": ids[1]}],
                "silent": True,
            },
        )

    async def _resolved(self, number: int) -> str:
        asked = {"backendNodeId": number, "executionContextId": self.context}
        return str((await self.cdp.send("DOM.resolveNode", asked))["object"]["objectId"])

    async def _described(self, expression: str, depth: int) -> dict[str, Any]:
        answer = await self._evaluate(expression)
        if "objectId" not in answer:
            return {}
        asked = {"objectId": answer["objectId"], "depth": depth, "pierce": True}
        return dict((await self.cdp.send("DOM.describeNode", asked))["node"])

    async def _evaluate(self, expression: str) -> dict[str, Any]:
        asked = {"expression": expression, "contextId": self.context, "silent": True}
        return dict((await self.cdp.send("Runtime.evaluate", asked))["result"])


def _closed(tree: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the closed roots of one document with their hosts, inner ones too."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        roots = node.get("shadowRoots", ())
        for root in roots:
            if root.get("shadowRootType") == "closed":
                yield node["backendNodeId"], root["backendNodeId"]
        waiting += (root for root in roots if root.get("shadowRootType") != "user-agent")
        waiting += node.get("children", ())
