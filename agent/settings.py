"""Everything that can be set, read once: environment, then ``playwright.config``, then defaults.

``playwright.config`` is TOML in the folder the command is called from. Its ``[use]`` table takes
Playwright's own option names, in Python's spelling or in JavaScript's. Nothing below this module
reads a setting; values are passed in.
"""

from __future__ import annotations

import difflib
import getpass
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.artifacts.store_choice import choice_of
from agent.artifacts.stores.store import Choice, Encryption
from agent.browser.options import BrowserOptions, Video
from agent.browser.remote.choice import Elsewhere
from agent.errors import UsageError
from agent.runs.address import FILE_NAME, NAMED_BY, Address
from agent.runs.retention import AGE
from agent.runs.spool import MOST as MOST_WAITING
from agent.telemetry.choice import signals_of
from agent.vault.people import person_named
from agent.vault.policy import ALONE

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "playwright.config"
DEFAULT_RUN_TIMEOUT = 300.0

_MB: Final = 1024 * 1024
CONTEXT_OPTIONS = {"locale", "timezone_id", "color_scheme", "user_agent"}

KeySource = Literal["file", "passphrase", "passphrase_file", "keyring", "aws_kms"]


class Artifacts(BaseModel):
    """The ``[artifacts]`` table: where what runs leave is kept; see ``agent.artifacts.stores``.

    ``waiting_mb`` is how much may wait on this machine while the store is away.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str | None = Field(default=None, min_length=1)
    encryption: Encryption = "AES256"
    kms_key: str = ""
    waiting_mb: int = Field(default=MOST_WAITING // _MB, ge=1)


class Retention(BaseModel):
    """The ``[runs]`` table: what ``runner runs prune`` keeps when it is not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep: int | None = Field(default=None, ge=1)
    older: str | None = Field(default=None, pattern=AGE)


_KEEP_ALL: Final = Retention()


class Database(BaseModel):
    """The ``[database]`` table: where the database is; the file is shared, so no password in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(default=None, min_length=1, repr=False)


class Viewport(BaseModel):
    """The size of the page, in CSS pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(default=1280, ge=320, le=7680)
    height: int = Field(default=720, ge=240, le=4320)


class Use(BaseModel):
    """The ``[use]`` table: what every browser of this project is opened with.

    Times are in milliseconds, as everywhere in Playwright. Options that would record past the
    cleaner (HAR, folders of videos and traces) or take a wall down (certificate errors, bypassed
    content security policy) are not there on purpose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    headless: bool = True
    slow_mo: float = Field(default=0, ge=0)
    timeout: float = Field(default=30_000, gt=0)
    viewport: Viewport = Viewport()
    executable_path: Path | None = None
    chromium_sandbox: bool | None = None
    locale: str | None = None
    timezone_id: str | None = None
    color_scheme: Literal["light", "dark", "no-preference"] | None = None
    user_agent: str | None = None
    video: Video = "off"

    def context(self) -> dict[str, Any]:
        """Pick what goes to ``browser.new_context`` as it is."""
        return self.model_dump(include=CONTEXT_OPTIONS, exclude_none=True)


class Config(BaseModel):
    """The file ``playwright.config``: its tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    use: Use = Use()
    browser: Elsewhere = Elsewhere()
    artifacts: Artifacts = Artifacts()
    runs: Retention = Retention()
    database: Database = Database()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process.

    ``key_file`` names the vault's key file itself; without it the file is looked for in
    ``key_folder`` under the vault's id. ``anchor_folder`` keeps the last state of each vault that
    was seen. ``passphrase_file`` and ``key_is_credential`` are for what systemd passes to a unit.
    ``person`` is who asks, in ``project``. ``run_timeout`` is in seconds. ``artifacts`` names the
    store that takes what runs leave; without one it stays in the data folder. ``most_waiting`` are
    the bytes that may wait here for it. ``retention`` is what pruning keeps when it is not told.
    ``server`` is the database that was named; ``database`` is that, or a file of the data folder.
    ``signals`` are those of OpenTelemetry that are sent.
    """

    home: Path
    key_folder: Path
    key_file: Path | None
    key_source: KeySource
    browser: BrowserOptions
    anchor_folder: Path
    kms_key: str | None = None
    passphrase_file: Path | None = None
    key_is_credential: bool = False
    person: str = ALONE.name
    project: str = ALONE.project
    run_timeout: float = DEFAULT_RUN_TIMEOUT
    artifacts: Choice | None = None
    retention: Retention = _KEEP_ALL
    most_waiting: int = MOST_WAITING
    server: Address | None = None
    signals: frozenset[str] = frozenset()

    @property
    def database(self) -> Address:
        """Where the vault and the runs are."""
        return self.server or Address(self.home / FILE_NAME)

    @classmethod
    def load(cls, environ: Mapping[str, str], folder: Path) -> Settings:
        """Read the settings. Raises ``UsageError`` naming the file or variable and the place."""
        config = _read_config(folder / CONFIG_NAME)
        use = config.use
        named = environ.get("RUNNER_BROWSER")
        home = environ.get("RUNNER_HOME")
        executable = Path(named) if named else use.executable_path
        return cls(
            home=Path(home).expanduser().absolute() if home else _usual_home(),
            **_key_settings(environ),
            browser=BrowserOptions(
                executable=executable,
                headed=not use.headless,
                slow_mo=use.slow_mo,
                sandbox=use.chromium_sandbox,
                viewport=(use.viewport.width, use.viewport.height),
                timeout=use.timeout,
                video=use.video,
                context=use.context(),
                remote=config.browser.chosen(environ),
            ),
            person=person_named(environ.get("RUNNER_PERSON") or _system_user()),
            project=environ.get("RUNNER_PROJECT") or ALONE.project,
            artifacts=_artifacts(environ, config.artifacts),
            retention=config.runs,
            most_waiting=config.artifacts.waiting_mb * _MB,
            signals=signals_of(environ),
            server=_server(environ, config.database),
        )


def _server(environ: Mapping[str, str], written: Database) -> Address | None:
    if named := environ.get(NAMED_BY):
        return Address.of(named)
    if written.url is None:
        return None
    address = Address.of(written.url, f"{CONFIG_NAME}: database.url")
    if address.hidden:
        raise UsageError(
            f"{CONFIG_NAME}: database.url holds a password",
            hint="use a password file (PGPASSFILE), or RUNNER_DATABASE_URL; see docs/database.md",
        )
    return address


def _artifacts(environ: Mapping[str, str], written: Artifacts) -> Choice | None:
    named = environ.get("RUNNER_ARTIFACTS") or written.store
    return None if named is None else choice_of(environ, named, written.encryption, written.kms_key)


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ALONE.name  # a container whose user has no name


def _usual_home() -> Path:
    return platformdirs.user_data_path("slotrunner")


def _key_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    folder = platformdirs.user_config_path("slotrunner") / "keys"
    written, anchors = _path(environ, "RUNNER_KEY_FILE"), _path(environ, "RUNNER_ANCHOR_FOLDER")
    passed = _credential(environ, "slotrunner-key") if written is None else None
    return {
        "key_folder": folder,
        "key_file": written or passed,
        "key_is_credential": passed is not None,
        "key_source": _key_source(environ.get("RUNNER_KEY", "file")),
        "anchor_folder": anchors or (written.parent if written else folder),
        "kms_key": environ.get("RUNNER_KMS_KEY") or None,
        "passphrase_file": _credential(environ, "slotrunner-passphrase"),
    }


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name)
    return Path(text).expanduser().absolute() if text else None


def _credential(environ: Mapping[str, str], name: str) -> Path | None:
    """Find what systemd passes to a unit (systemd.exec, LoadCredential)."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / name if folder else None
    return path if path is not None and path.is_file() else None


def _key_source(text: str) -> KeySource:
    for source in get_args(KeySource):
        if text == source:
            return cast("KeySource", text)
    raise UsageError(
        f"RUNNER_KEY is {text!r}", hint=f"it takes one of {', '.join(get_args(KeySource))}"
    )


def _read_config(path: Path) -> Config:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path}: {error}", hint="it is TOML; see docs/settings.md") from None
    for table in document:
        if table not in Config.model_fields:
            known = ", ".join(f"[{name}]" for name in Config.model_fields)
            raise UsageError(f"{path}: unknown table [{table}]", hint=f"it has {known}")
    if isinstance(document.get("use"), dict):
        document["use"] = {_python_name(name): value for name, value in document["use"].items()}
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_problem(error)}", hint="see docs/settings.md") from None


def _python_name(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda hit: f"_{hit[1].lower()}", name)


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{name}: {first['msg'].lower()}"
    table, last = Config.model_fields[str(first["loc"][0])].annotation, str(first["loc"][-1])
    close = difflib.get_close_matches(last, getattr(table, "model_fields", ()), n=1)
    return f"{name} is not an option" + (f"; did you mean {close[0]}?" if close else "")
