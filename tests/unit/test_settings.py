from __future__ import annotations

from pathlib import Path

import pytest

from agent.artifacts.stores.store import Choice
from agent.errors import UsageError
from agent.settings import Settings


def load(folder: Path, config: str = "", **environ: str) -> Settings:
    if config:
        (folder / "playwright.config").write_text(config, "utf-8")
    return Settings.load(environ, folder)


def test_without_a_config_the_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert not settings.browser.headed
    assert settings.browser.viewport == (1280, 720)
    assert settings.key_file is None
    assert settings.home not in settings.key_folder.parents


def test_the_environment_names_the_data_folder_and_the_key(tmp_path: Path) -> None:
    settings = load(tmp_path, RUNNER_HOME=str(tmp_path / "h"), RUNNER_KEY_FILE="~/k")
    assert settings.home == tmp_path / "h"
    assert settings.key_file == Path("~/k").expanduser()


def test_options_are_read_in_pythons_and_in_javascripts_spelling(tmp_path: Path) -> None:
    text = "[use]\nslowMo = 50\ntimezone_id = 'Europe/Rome'\nviewport = {width = 800, height = 600}"
    browser = load(tmp_path, text).browser
    assert (browser.slow_mo, browser.viewport) == (50, (800, 600))
    assert browser.context == {"timezone_id": "Europe/Rome"}


@pytest.mark.parametrize("word", ["on", "only-on-failure", "retain-on-failure", "off"])
def test_a_config_says_when_a_film_is_kept(tmp_path: Path, word: str) -> None:
    (tmp_path / "playwright.config").write_text(f"[use]\nvideo = '{word}'")
    assert Settings.load({}, tmp_path).browser.video == word


def test_the_environment_wins_over_the_config(tmp_path: Path) -> None:
    settings = load(tmp_path, "[use]\nexecutable_path = '/a'", RUNNER_BROWSER="/b")
    assert settings.browser.executable == Path("/b")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[use]\nheadles = true", "use.headles is not an option; did you mean headless?"),
        ("[use]\nheadless = 'perhaps'", "use.headless: "),
        ("[use]\nrecord_video_dir = 'v'", "use.record_video_dir is not an option"),
        ("[use]\nviewport = {width = 10}", "use.viewport.width: "),
        ("[bind]\nA = 'b'", "unknown table [bind]"),
        ("[use", "playwright.config: "),
    ],
)
def test_a_bad_config_is_told_in_one_line(tmp_path: Path, config: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, config)
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_an_unknown_kind_of_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="RUNNER_KEY"):
        load(tmp_path, RUNNER_KEY="hope")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[artifacts]\nstore = 'gs://b'", "artifacts cannot be kept at 'gs://b'"),
        (
            "[artifacts]\nstores = 's3://b'",
            "artifacts.stores is not an option; did you mean store?",
        ),
        ("[artifacts]\nencryption = 'rot13'", "artifacts.encryption: "),
        ("[runs]\nkeep = 0", "runs.keep: "),
        ("[runs]\nolder = 'a month'", "runs.older: "),
        ("use = 3", "use: "),
    ],
)
def test_a_bad_table_is_told_in_one_line(tmp_path: Path, config: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, config)
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_the_store_of_artifacts_is_the_one_that_is_named(tmp_path: Path) -> None:
    assert load(tmp_path).artifacts is None
    written = "[artifacts]\nstore = 's3://left/here'\nencryption = 'bucket'"
    chosen = load(tmp_path, written, AWS_ENDPOINT_URL="https://s3.example").artifacts
    assert chosen == Choice("s3://left/here", "bucket", "", "https://s3.example")
    assert load(tmp_path, RUNNER_ARTIFACTS="/mnt/left").artifacts == Choice("/mnt/left", "bucket")


def test_what_runs_prune_keeps_can_be_set(tmp_path: Path) -> None:
    retention = load(tmp_path, "[runs]\nkeep = 100\nolder = '30d'").retention
    assert (retention.keep, retention.older) == (100, "30d")


def test_a_browser_elsewhere_is_named_by_the_config_or_by_the_environment(tmp_path: Path) -> None:
    assert load(tmp_path).browser.remote is None
    config = "[browser]\nendpoint = 'wss://a.example/x'\nallow_weaker = ['sandbox']"
    written = load(tmp_path, config).browser.remote
    assert written is not None
    assert (written.url, written.protocol) == ("wss://a.example/x", "playwright")
    assert written.allowed == {"sandbox"}
    given = load(
        tmp_path,
        RUNNER_BROWSER_ENDPOINT="wss://b.example",
        RUNNER_BROWSER_PROTOCOL="cdp",
        RUNNER_BROWSER_ALLOW_WEAKER="switches, guard",
    ).browser.remote
    assert given is not None
    assert (given.url, given.protocol) == ("wss://b.example", "cdp")
    assert given.allowed == {"switches", "guard"}


@pytest.mark.parametrize(
    ("config", "environ", "told"),
    [
        ("[browser]\nendpoint = 'tok-51d0'", {}, "no address that can be used"),
        ("[browser]\nendpoints = 'tok-51d0'", {}, "did you mean endpoint?"),
        ("[browser]\nallow_weaker = ['hope']", {}, "browser.allow_weaker: "),
        ("", {"RUNNER_BROWSER_ENDPOINT": "tok-51d0"}, "no address that can be used"),
        ("", {"RUNNER_BROWSER_PROTOCOL": "hope"}, "RUNNER_BROWSER_PROTOCOL: "),
        ("", {"RUNNER_BROWSER_ALLOW_WEAKER": "guard,hope"}, "RUNNER_BROWSER_ALLOW_WEAKER: "),
    ],
)
def test_a_bad_endpoint_is_told_in_one_line_that_does_not_quote_it(
    tmp_path: Path, config: str, environ: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, config, **environ)
    assert told in caught.value.message
    assert "\n" not in caught.value.message
    assert "tok-51d0" not in f"{caught.value.message}{caught.value.hint}"


def test_settings_do_not_show_an_endpoints_token(tmp_path: Path) -> None:
    settings = load(tmp_path, RUNNER_BROWSER_ENDPOINT="wss://a.example/?token=tok-51d0")
    assert "tok-51d0" not in repr(settings)


def test_the_database_is_a_file_of_the_data_folder_or_the_one_named(tmp_path: Path) -> None:
    url, other = "postgresql://db.example/runs", "[database]\nurl = 'postgresql://other/runs'"
    assert load(tmp_path, RUNNER_HOME="/data").database.path == Path("/data/runner.db")
    assert str(load(tmp_path, RUNNER_DATABASE_URL=url).database) == url
    assert str(load(tmp_path, other).database) == "postgresql://other/runs"
    assert str(load(tmp_path, other, RUNNER_DATABASE_URL=url).database) == url


def test_settings_do_not_show_the_databases_password_and_a_config_may_not_hold_it(
    tmp_path: Path,
) -> None:
    url = "postgresql://ann:canary@db.example/runs"
    settings = load(tmp_path, RUNNER_DATABASE_URL=url)
    assert "canary" not in repr(settings)
    assert settings.database.hidden == {"password": "canary"}
    with pytest.raises(UsageError, match="holds a password") as caught:
        load(tmp_path, f"[database]\nurl = '{url}'")
    assert "canary" not in f"{caught.value!r} {caught.value.hint}"
