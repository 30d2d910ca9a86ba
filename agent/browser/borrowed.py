"""The hand that types, in a browser that somebody else opened with Playwright's synchronous API.

That API runs the same objects as the asynchronous one on an event loop of its own, which goes on
only while one of its calls waits. So the hand's coroutine is made one such call. Neither is public:
``tests/contract/test_borrowed.py`` says when a release of Playwright moves it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import BrowserContext, ElementHandle, Page
from playwright.async_api import Error as PlaywrightError

from agent.browser.guard import Guard
from agent.browser.keyboard import Keyboard
from agent.browser.session import Session
from agent.browser.translate import translated_errors
from agent.errors import EnvironmentUnfit, RunnerError

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame
    from playwright.sync_api import ElementHandle as SyncElementHandle
    from playwright.sync_api import Locator

    from agent.vault.open import RunSecrets
    from agent.vault.secret import Secret


class Borrowed(Session):
    """What the hand needs of a session, of a page of another's: nothing in it is changed.

    There is no guard on the requests of that browser, and its pages are not masked.
    """

    def __init__(self, context: BrowserContext, secrets: RunSecrets, step: str) -> None:
        self.context = context
        self.secrets = secrets
        self.guard = Guard(secrets)
        self.keyboard = Keyboard(self)
        self.step = step
        self.recording = False
        self._session: CDPSession | None = None

    async def cdp(self, place: Page | Frame) -> CDPSession:
        """Return the one CDP session of this fill."""
        if self._session is None:
            page = place if isinstance(place, Page) else getattr(place, "page", place)
            self._session = await self.context.new_cdp_session(page)
        return self._session

    async def close(self) -> None:
        """Give the page back as it was."""
        if self._session is not None:
            with suppress(PlaywrightError):
                await self._session.detach()


def fill_borrowed(locator: Locator, secret: Secret, field: str, secrets: RunSecrets) -> None:
    """Type a field of a secret into the one element of ``locator``, checked as in a run.

    ``totp`` types a one-time code. Raises as ``Keyboard.type_field`` does, with no frame in the
    traceback that holds a value, and Playwright's own errors where the element is not found.
    """
    handle = locator.element_handle()
    _keep_for_its_owner(handle)
    context = BrowserContext(_inside(locator.page.context))
    session = Borrowed(context, secrets, "typed by a test")
    work = _typed(ElementHandle(_inside(handle)), session, secret, field)
    # The one call of the other API that takes any coroutine.
    refusal = locator._sync(work)  # noqa: SLF001 - see the head of this file
    handle.dispose()
    if refusal is not None:
        raise refusal


async def _typed(
    handle: ElementHandle, session: Borrowed, secret: Secret, field: str
) -> RunnerError | None:
    """Give the error instead of raising it: frames in a traceback hold what was typed."""
    try:
        with translated_errors(session.secrets.redactor):
            await session.keyboard.type_field(handle, secret, field)
    except RunnerError as refused:
        refused.__cause__ = refused.__context__ = None
        return refused.with_traceback(None)
    except Exception as error:  # noqa: BLE001 - its frames hold values; its class says enough
        return EnvironmentUnfit(f"the value could not be typed: {type(error).__name__}")
    finally:
        await session.close()
    return None


def _keep_for_its_owner(handle: SyncElementHandle) -> None:
    """Have every object that the hand will meet known as the owner's own.

    Playwright keeps one face of an object. Met here first, a frame would show its asynchronous one
    to a test from then on.
    """
    frame = handle.owner_frame()
    while frame is not None:
        _ = frame.page
        frame = frame.parent_frame


def _inside(face: Any) -> Any:
    return face._impl_obj  # noqa: SLF001 - see the head of this file
