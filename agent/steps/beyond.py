"""Steps that work beyond the browser, and clean what they bring back."""

from __future__ import annotations

import json
from abc import ABC
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from agent.steps.step import Step

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from agent.steps.context import StepContext
    from agent.vault.redactor import Redactor


class Beyond(Step, ABC):
    """A step that needs no page; its errors are its own from the start."""

    def needs_browser(self) -> bool:
        """No page is needed."""
        return False

    def border(self, _context: StepContext) -> AbstractContextManager[None]:
        """Nothing of Playwright comes out of such a step."""
        return nullcontext()


def cleaned(value: Any, redactor: Redactor) -> Any:
    """Give JSON values back with a mark for each secret: later steps may send them anywhere."""
    return json.loads(redactor.redact_text(json.dumps(value, ensure_ascii=False)))
