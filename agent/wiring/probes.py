"""The looks that ``runner doctor`` takes at a machine, each a small function of what it needs."""

from __future__ import annotations

import platform
import shutil
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from agent.browser.find import look_for_browsers, require_display
from agent.browser.folder import PrivateFolder
from agent.errors import RunnerError
from agent.registry import Table
from agent.runner import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.browser.options import BrowserOptions
    from agent.browser.remote.endpoint import Remote
    from agent.settings import Settings
    from agent.vault.store import Vault

_REMOTE: Table[Callable[[BrowserOptions], tuple[str, tuple[str, ...]]]] = Table(
    "agent.browser.remote", {"inspected": "inspecting:inspected"}
)
# Few commands look at the machine, and steps take a while to load.
_WALLS: Table[Callable[[], str]] = Table("agent.steps.sandbox", {"missing": "walls:missing"})


def probes_for(settings: Settings, vault: Vault) -> Sequence[Callable[[], Check]]:
    """List the looks to take, in the order a person would ask."""
    return (
        _python,
        partial(_browser, settings),
        _display,
        partial(_private_folder, settings),
        partial(_data_folder, settings),
        partial(_database, settings),
        partial(_artifacts, settings),
        partial(_vault, vault),
        partial(_telemetry, settings),
        _code_steps,
        _file_servers,
        _ocr,
    )


def _python() -> Check:
    packages = f"Python {platform.python_version()}, Playwright {version('playwright')}"
    return Check("programs", ok=True, detail=packages)


def _browser(settings: Settings) -> Check:
    if settings.browser.remote is not None:
        return _browser_elsewhere(settings.browser, settings.browser.remote)
    tried = look_for_browsers(settings.browser.executable)
    looked = "\n".join(
        f"{'found' if one.found else 'no'}: {one.path} ({one.source})" for one in tried
    )
    found = bool(tried) and tried[-1].found
    hint = "" if found else "make setup, or apt-get install chromium-headless-shell"
    return Check("browser", found, looked or "no place to look", hint)


def _browser_elsewhere(options: BrowserOptions, remote: Remote) -> Check:
    try:
        browser, weaker = _REMOTE["inspected"](options)
    except RunnerError as error:
        return Check("browser", ok=False, detail=error.message, hint=error.hint)
    lacking = [name for name in weaker if name not in remote.allowed]
    detail = f"{remote.words()}: {browser}\nweaker there: {', '.join(weaker)}"
    if not lacking:
        return Check("browser", ok=True, detail=detail)
    hint = f"runs are refused: {', '.join(lacking)} not allowed; see docs/remote-browsers.md"
    return Check("browser", ok=False, detail=detail, hint=hint)


def _display() -> Check:
    try:
        require_display()
    except RunnerError as error:
        # Only --headed needs one, so its absence is nothing to mend.
        return Check("display", ok=True, detail="none: --headed needs one", hint=error.hint)
    return Check("display", ok=True, detail="there is one for --headed")


def _private_folder(settings: Settings) -> Check:
    try:
        with PrivateFolder.create(settings.home / "private") as folder:
            memory = "in memory" if folder.in_memory else "on disk: no roomy /dev/shm"
            return Check("private folder", ok=True, detail=f"{folder.path.parent}, {memory}")
    except RunnerError as error:
        return Check("private folder", ok=False, detail=error.message, hint=error.hint)


def _data_folder(settings: Settings) -> Check:
    return Check("data folder", ok=True, detail=str(settings.home))


def _database(settings: Settings) -> Check:
    address = settings.database
    if not address.hidden:
        return Check("database", ok=True, detail=str(address))
    hint = "a password file (PGPASSFILE) keeps it out of environments; see docs/database.md"
    return Check("database", ok=True, detail=f"{address}, with a password in its URL", hint=hint)


def _vault(vault: Vault) -> Check:
    if not vault.is_created:
        return Check("vault", ok=True, detail="none yet: runner secrets add makes it")
    try:
        cards = vault.cards()
    except RunnerError as error:
        return Check("vault", ok=False, detail=error.message, hint=error.hint)
    return Check("vault", ok=True, detail=f"opens; {len(cards)} secret(s)")


def _telemetry(settings: Settings) -> Check:
    sent = ", ".join(sorted(settings.signals))
    there = find_spec("opentelemetry.exporter") is not None if sent else True
    hint = "" if there else "pip install 'slotrunner[telemetry]', or OTEL_SDK_DISABLED=true"
    detail = f"{sent} are sent" if sent else "nothing is sent: no OTEL_EXPORTER_OTLP_ENDPOINT"
    return Check("telemetry", there, detail if there else f"{sent}: packages missing", hint)


def _code_steps() -> Check:
    # Only tasks with such a step need it, so its absence is nothing to mend; the same goes below.
    lacking = _WALLS["missing"]()
    detail = f"none here: {lacking}" if lacking else "walls can be had: Landlock, call filter"
    return Check("code steps", ok=True, detail=detail)


def _file_servers() -> Check:
    there = find_spec("asyncssh") is not None
    detail = "asyncssh is installed" if there else "none here: pip install 'slotrunner[sftp]'"
    return Check("sftp steps", ok=True, detail=detail)


def _ocr() -> Check:
    program = shutil.which("tesseract")
    return Check("OCR (tests only)", ok=True, detail=program or "no tesseract: tests skip reading")


def _artifacts(settings: Settings) -> Check:
    waiting = settings.home / "undelivered"
    count = len([p for p in waiting.iterdir() if p.name[0] != "."]) if waiting.is_dir() else 0
    where = settings.artifacts.address if settings.artifacts else str(settings.home / "runs")
    hint = "runner runs push" if count else ""
    return Check("artifacts", ok=True, detail=f"{where}; {count} run(s) wait here", hint=hint)
