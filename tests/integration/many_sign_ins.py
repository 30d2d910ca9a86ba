"""Many sign-ins at once: a few browsers, each lent to one case after the other.

Everything a run has is real: the vault, the session as the runner builds it, the guard, the
keyboard. Only the start of the browser process is shared, and the context is fresh for each case.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright
from sqlalchemy import create_engine

from agent.browser import opening
from agent.browser.drivers import Lent
from agent.browser.find import find_browser
from agent.browser.folder import PrivateFolder
from agent.browser.keyboard import Keyboard
from agent.browser.options import BrowserOptions
from agent.errors import RunnerError
from agent.login.account import Account
from agent.login.sign_in import Wish, sign_in
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import metadata
from fixtures.login_site.accounts import new_totp_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from playwright.async_api import Browser, CDPSession, Frame

    from agent.browser.session import Session
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site

SLOT = "MANAGEMENT_LOGIN"
SHORT, LONG = 10, 120  # seconds: the periods of a code that must change soon, or not at all
CASES = ("right", "wrong_password", "wrong_code", "no_totp", "locked")
AT_ONCE = 6
USUAL = Wish(timeout=20.0)


@dataclass(frozen=True, slots=True)
class Case:
    """A page, an account at the site, and what the secret holds of it."""

    name: str
    url: str
    known: SiteAccount
    held: SiteAccount
    origins: tuple[str, ...]
    wish: Wish = USUAL


@dataclass(slots=True)
class Ended:
    """How a sign-in ended; times are of ``time.monotonic``, ``left`` is what stands in fields."""

    outcome: str
    message: str = ""
    hint: str = ""
    moves: list[str] = field(default_factory=list)
    began: float = 0.0
    at: float = 0.0
    where: str = ""
    left: list[str] = field(default_factory=list)


def case_for(
    site: Site,
    name: str,
    case: str,
    *,
    url: str,
    digits: int = 6,
    origins: Sequence[str] = (),
    wish: Wish = USUAL,
) -> Case:
    """Open an account for one case, and say what the secret holds."""
    period = SHORT if case == "wrong_code" else LONG
    known = site.new_account(digits=digits, period=period, locked=case == "locked")
    held = known
    if case == "wrong_password":
        held = replace(known, password=f"Not-it-{secrets.token_urlsafe(9)}")
    elif case == "wrong_code":
        # A key of its own: the windows of one key are given out once.
        held = replace(known, totp_key=new_totp_key())
    elif case == "no_totp":
        held = replace(known, totp_key="")
    return Case(f"{name}/{case}", url, known, held, tuple(origins) or (site.origin,), wish)


class Leaping:
    """A clock that passes over the rest of a window once its code was typed."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Shared:
    """A browser that stays open when one who borrowed it closes it."""

    def __init__(self, browser: Browser) -> None:
        self.chromium = self
        self._browser = browser
        self._doors: list[CDPSession] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._browser, name)

    async def launch(self, **_options: Any) -> Shared:
        return self

    async def new_browser_cdp_session(self) -> CDPSession:
        door = await self._browser.new_browser_cdp_session()
        self._doors.append(door)
        return door

    async def close(self) -> None:
        with suppress(PlaywrightError):
            for door in self._doors:
                await door.detach()
            for context in self._browser.contexts:
                await context.close()


def run_all(cases: Iterable[Case], folder: Path) -> dict[str, Ended]:
    """Carry out every case, some at once; by the names of the cases.

    ``folder`` is for the vaults, one for each browser.
    """
    return asyncio.run(_run_all(list(cases), folder))


@contextmanager
def _vault(folder: Path, number: int) -> Iterator[Vault]:
    engine = create_engine(f"sqlite:///{folder / f'vault{number}.db'}", hide_parameters=True)
    metadata.create_all(engine)
    vault = Vault(engine, FileKey(folder / f"keys{number}"))
    vault.create()
    yield vault
    engine.dispose()


async def _run_all(cases: list[Case], place: Path) -> dict[str, Ended]:
    ended: dict[str, Ended] = {}
    waiting = iter(cases)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(PrivateFolder.create())
        playwright = await stack.enter_async_context(async_playwright())

        async def work(vault: Vault) -> None:
            browser = await playwright.chromium.launch(
                executable_path=find_browser().path, args=["--no-sandbox"]
            )
            for case in waiting:
                ended[case.name] = await _one(case, vault, browser, folder)
            await browser.close()

        workers = range(min(AT_ONCE, len(cases)))
        vaults = [stack.enter_context(_vault(place, number)) for number in workers]
        await asyncio.gather(*(work(vault) for vault in vaults))
    return ended


async def _one(case: Case, vault: Vault, browser: Browser, folder: PrivateFolder) -> Ended:
    with ExitStack() as held:
        opened = held.enter_context(_held(case, vault))
        async with AsyncExitStack() as stack:
            parts = (find_browser().path, opened, folder)
            options = BrowserOptions(timeout=10_000.0, record=False)
            lent = Lent(Shared(browser))  # type: ignore[arg-type]
            session = await opening._launch(stack, lent, options, parts)
            return await _signed_in(case, session)


def _held(case: Case, vault: Vault) -> Any:
    fields = {"username": case.held.username, "password": case.held.password}
    if case.held.has_totp:
        fields["totp"] = case.held.otpauth
    policy = OriginPolicy.parse(list(case.origins))
    card = vault.add(NewSecret(case.name, "login", fields, policy))
    return vault.open_for_run({SLOT: card.ref}, case.name.replace("/", "."))


async def _values(frame: Frame) -> list[str]:
    """Give what stands in the fields of a frame that a person could have typed into."""
    script = (
        "[...document.querySelectorAll('input:not([type=hidden]), textarea')].map(f => f.value)"
    )
    values: list[str] = await frame.evaluate(script)
    return values


async def _signed_in(case: Case, session: Session) -> Ended:
    clock, ended = Leaping(), Ended("")
    session.keyboard = Keyboard(session, clock=clock)

    async def after_move(words: str) -> None:
        ended.moves.append(words)
        if words == "filled one-time code":
            clock.ahead += SHORT

    ended.began = time.monotonic()
    try:
        async with asyncio.timeout(case.wish.timeout + 5):
            done = await sign_in(
                session,
                Account(session.secrets[SLOT]),
                url=case.url,
                after_move=after_move,
                wish=case.wish,
            )
        ended.outcome = done.outcome.value
    except RunnerError as error:
        ended.outcome = getattr(error, "outcome", "") or type(error).__name__
        ended.message, ended.hint = error.message, error.hint
    except Exception as error:  # noqa: BLE001 - a crash is a result too, and told as such
        ended.outcome = f"crash: {type(error).__name__}: {error}"[:300]
    ended.at = time.monotonic()
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(2):
            ended.where = session.page.url
            ended.left = [value for frame in session.page.frames for value in await _values(frame)]
    return ended
