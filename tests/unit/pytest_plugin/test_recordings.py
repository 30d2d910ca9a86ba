from __future__ import annotations

import os
import tempfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from agent.pytest_plugin.recordings import Recordings
from agent.vault.open import RunSecrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def config(tmp_path: Path) -> Any:
    place = SimpleNamespace(dir=tmp_path)
    option = SimpleNamespace(output=str(tmp_path / "out"))
    return SimpleNamespace(option=option, invocation_params=place)


@pytest.fixture
def recordings(config: Any, tmp_path: Path) -> Iterator[Recordings]:
    made = Recordings(config, str(tmp_path / "out"))
    made.begin(tmp_path)
    yield made
    made.close(lambda: None)


def written(config: Any, name: str, content: bytes) -> str:
    path = f"{config.option.output}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as a user writes it
    with open(path, "wb") as file:  # noqa: PTH123 - as above
        file.write(content)
    return path


def reported(*properties: tuple[str, object]) -> Any:
    return SimpleNamespace(user_properties=list(properties))


def test_what_is_written_comes_to_the_output_cleaned_and_named(
    recordings: Recordings, config: Any, tmp_path: Path
) -> None:
    secrets = RunSecrets(())
    secrets.learn("LOGIN.password", "hunter2-S3cret")
    raw = written(config, "a/log.txt", b"typed hunter2-S3cret")
    assert not raw.startswith(str(tmp_path / "out"))
    report = reported(("playwright_trace", raw), ("other", 3))
    recordings.publish(lambda: secrets, report)
    assert (tmp_path / "out/a/log.txt").read_text() == "typed ‹LOGIN.password›"
    assert not os.path.exists(raw)  # noqa: PTH110 - a text
    assert report.user_properties == [
        ("playwright_trace", "out/a/log.txt"),
        ("other", 3),
        ("runner_recording", "out/a/log.txt"),
    ]


def test_pictures_are_withheld_and_so_is_all_where_the_values_are_not_known(
    recordings: Recordings, config: Any, tmp_path: Path
) -> None:
    written(config, "shot.png", PNG)
    recordings.publish(lambda: RunSecrets(()))
    written(config, "log.txt", b"nothing")
    recordings.publish(lambda: None)
    left = sorted(path.name for path in (tmp_path / "out").rglob("*"))
    assert left == ["log.txt.withheld.json", "shot.png.withheld.json"]
    assert "could not be opened" in (tmp_path / "out/log.txt.withheld.json").read_text()


def test_the_end_cleans_what_came_late_and_leaves_nothing_aside(
    config: Any, tmp_path: Path
) -> None:
    made = Recordings(config, str(tmp_path / "out"))
    made.begin(tmp_path)
    raw = written(config, "late.txt", b"late")
    made.close(lambda: RunSecrets(()))
    assert (tmp_path / "out/late.txt").exists()
    assert not os.path.exists(os.path.dirname(os.path.dirname(raw)))  # noqa: PTH110, PTH120 - a text


def test_only_where_recording_starts_is_the_place_for_temporary_files_another(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = tempfile.gettempdir()
    with recordings.aside("page"):
        assert tempfile.gettempdir() == before
    with recordings.aside("playwright"):
        assert tempfile.gettempdir() == os.environ["TMPDIR"] != before
    assert (tempfile.gettempdir(), os.environ["TMPDIR"]) == (before, str(tmp_path))


def test_an_earlier_suites_output_is_removed_but_not_by_a_worker(
    config: Any, tmp_path: Path
) -> None:
    old = tmp_path / "out" / "old.txt"
    for worker, there in ((True, True), (False, False)):
        old.parent.mkdir(exist_ok=True)
        old.write_text("old")
        if worker:
            config.workerinput = {}
        else:
            del config.workerinput
        made = Recordings(config, str(tmp_path / "out"))
        made.begin(tmp_path)
        assert old.exists() == there
        made.close(lambda: None)


def test_what_pytest_html_would_show_is_taken_out(recordings: Recordings, config: Any) -> None:
    raw = written(config, "a.txt", b"x")
    report = reported(("playwright_trace", raw))
    report.extras = [{"name": "Screenshot", "content": "raw"}, {"name": "mine"}]
    recordings.publish(lambda: RunSecrets(()), report)
    assert report.extras == [{"name": "mine"}]
