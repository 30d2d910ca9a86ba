"""What each kind keeps and what it does not, beside the values that no kind lets by."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from agent.artifacts import text_stream
from agent.artifacts.kinds import download, records
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.artifacts.text_stream import redacted
from agent.vault.open import RunSecrets
from tests.unit.artifacts.conftest import PASSWORD, USERNAME

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.artifact import Artifact

MARK = "‹LOGIN.password›"


def published(
    kind: str, content: bytes, secrets: RunSecrets, folder: Path, name: str = "out.txt"
) -> Artifact:
    private, kept = folder / "private", folder / "kept"
    private.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    raw = RawArtifact(kind, private / f"raw-{name}", name)
    raw.path.write_bytes(content)
    return publish_now(raw, kept, secrets)


def kept(
    kind: str, content: bytes, secrets: RunSecrets, folder: Path, name: str = "out.txt"
) -> str:
    artifact = published(kind, content, secrets, folder, name)
    assert artifact.state == "kept", artifact.reason
    return artifact.path.read_text()


def test_an_aria_snapshot_keeps_names_and_no_values(secrets: RunSecrets, tmp_path: Path) -> None:
    snapshot = (
        '- document:\n  - textbox "Password": not known at all\n  - textbox "Code" [active]: "99"\n'
        f'  - link "Out":\n    - /url: /out?token=abcdefgh12\n  - text: hello {USERNAME[:9]}\n'
        f"  - text: {USERNAME[9:]}\n"
    )  # fmt: skip
    text = kept("aria_snapshot", snapshot.encode(), secrets, tmp_path)
    assert '- textbox "Password": "[REDACTED]"' in text
    assert '- textbox "Code" [active]: "[REDACTED]"' in text
    assert "/url: /out?token=[REDACTED]" in text
    assert USERNAME[9:] not in text or USERNAME[:9] not in text


def test_a_page_keeps_its_text_and_loses_scripts_and_frames_inside(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    page = (
        "<!doctype html><script src='/a.js'>let a = 'something derived'</script>"
        f"<p onclick='f()'>hello {USERNAME}</p><input value='typed by hand'>"
        "<iframe srcdoc='<p>inside</p>'></iframe>"
    )
    text = kept("page_html", page.encode(), secrets, tmp_path, "page.html")
    assert "hello ‹LOGIN.username›" in text
    assert "something derived" not in text
    assert "a.js" not in text
    assert "typed by hand" not in text
    assert "inside" not in text


def test_a_storage_state_keeps_names_alone(secrets: RunSecrets, tmp_path: Path) -> None:
    state = {
        "cookies": [{"name": "sid", "value": "v1-abcdefgh", "domain": "a.example", "more": "x"}],
        "origins": [
            {"origin": "https://a.example", "localStorage": [{"name": "k", "value": "v2"}]}
        ],
    }
    clean = json.loads(kept("storage_state", json.dumps(state).encode(), secrets, tmp_path))
    assert clean["cookies"] == [{"name": "sid", "domain": "a.example", "value": "[REDACTED]"}]
    assert clean["origins"][0]["localStorage"] == [{"name": "k", "value": "[REDACTED]"}]


def test_junit_is_xml_whatever_an_error_says(secrets: RunSecrets, tmp_path: Path) -> None:
    report = {
        "task": "guests & <more>", "seconds": 1.5,
        "steps": [
            {"title": "go", "status": "passed", "seconds": 0.5},
            {"title": "sign in", "status": "failed", "seconds": 1, "outcome": "step_failed"},
            {"title": "look", "status": "not_run", "seconds": 0},
        ],
        "error": {"message": f"no <{PASSWORD}> \x07 & 'more'", "hint": "try"},
    }  # fmt: skip
    suite = ElementTree.fromstring(  # noqa: S314 - our own text
        kept("junit", json.dumps(report).encode(), secrets, tmp_path)
    )
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert MARK in (failure.text or "")
    assert suite.get("name") == "guests & <more>"


def test_a_download_of_text_is_cleaned_and_any_other_stays_as_it_is_or_not_at_all(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    listed = kept("download", f"user;{USERNAME}\n".encode(), secrets, tmp_path, "list.csv")
    assert listed == "user;‹LOGIN.username›\n"
    binary = b"\x00\x01 an invoice \xff"
    artifact = published("download", binary, secrets, tmp_path, "invoice.bin")
    assert artifact.path.read_bytes() == binary
    packed = gzip.compress(f"user {USERNAME}".encode())
    artifact = published("download", b"\x00" + packed, secrets, tmp_path, "invoice.bin")
    assert artifact.state == "withheld"
    assert "LOGIN.username" in artifact.reason


def test_an_error_keeps_its_words_without_what_was_typed(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    error = 'TimeoutError: waited\n  - fill("hunter9")\n  at f (/home/ann/project/login.py:3)'
    text = kept("error_text", error.encode(), secrets, tmp_path)
    assert "TimeoutError: waited" in text
    assert "hunter9" not in text
    assert "/home/ann" not in text


@pytest.mark.parametrize("gap", [0, 1, 43_750, 65_530, 65_535, 73_727, 125_003])
def test_no_value_is_cut_in_two_by_the_pieces_of_a_long_log(
    secrets: RunSecrets, gap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "_PIECE", 64 * 1024)
    monkeypatch.setattr(text_stream, "_MARGIN", 8 * 1024)
    text = b"x " * (gap // 2) + PASSWORD.encode() + b" y" * 60_000
    blocks = (text[at : at + 4097] for at in range(0, len(text), 4097))
    clean = b"".join(redacted(blocks, secrets.redactor))
    assert clean == b"x " * (gap // 2) + MARK.encode() + b" y" * 60_000


def test_a_binary_file_is_no_log(secrets: RunSecrets, tmp_path: Path) -> None:
    assert published("log", b"\x00\x01\x02", secrets, tmp_path).state == "withheld"


def test_what_devtools_write_into_a_har_besides_is_left_out(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    entry: dict[str, Any] = {
        "_initiator": {"type": "script", "stack": {"x": "derived"}}, "_priority": "High",
        "startedDateTime": "2026-11-22T09:38:34.361Z", "time": 1.25, "cache": {},
        "timings": {"wait": 1, "_queued": 5},
        "request": {"method": "GET", "url": "https://a.example/?q=ok", "headers": [
            {"name": "cookie", "value": "sid=abcdefgh99"}, {"name": "accept", "value": "*/*"}]},
        "response": {"status": 200, "content": {
            "mimeType": "application/json", "text": '{"echo": "abcdefgh99", "n": 1}'}},
    }  # fmt: skip
    har = {"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": [entry]}}
    text = kept("har", json.dumps(har).encode(), secrets, tmp_path, "a.har")
    clean = json.loads(text)["log"]["entries"][0]
    assert "derived" not in text
    assert "abcdefgh99" not in text, "the session is learnt from its cookie and found in the body"
    assert clean["request"]["url"] == "https://a.example/?q=ok"
    assert json.loads(clean["response"]["content"]["text"])["n"] == 1
    assert clean["response"]["content"]["size"] == len(
        clean["response"]["content"]["text"].encode()
    )


def test_a_value_too_short_to_be_searched_is_told_in_what_is_kept(tmp_path: Path) -> None:
    with RunSecrets(()) as secrets:
        secrets.learn("LOGIN.pin", "123")
        report = json.loads(kept("report", b'{"task": "x"}', secrets, tmp_path, "report.json"))
        har = json.loads(kept("har", b'{"log": {"entries": []}}', secrets, tmp_path, "a.har"))
    assert "LOGIN.pin" in report["notices"][0]
    assert "LOGIN.pin" in har["log"]["comment"]


def test_large_files_go_through_piece_by_piece(
    secrets: RunSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_LARGEST_HELD", 10_000)
    monkeypatch.setattr(records, "_LARGEST_DOCUMENT", 10_000)
    content = b"a guest, a room, a day\n" * 20_000 + PASSWORD.encode() + b"\n"
    for kind in ("download", "records"):
        text = kept(kind, content, secrets, tmp_path, f"{kind}.csv")
        assert text.endswith(f"a day\n{MARK}\n")
        assert len(text) == len(content) - len(PASSWORD) + len(MARK)


def test_a_large_file_that_is_no_text_stays_only_without_a_value(
    secrets: RunSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_LARGEST_HELD", 10_000)
    noise = b"\x00\x01guest\xff\xfe" * 2000
    assert published("download", noise, secrets, tmp_path, "a.bin").state == "kept"
    leaking = published("download", noise + USERNAME.encode(), secrets, tmp_path, "b.bin")
    assert "a value is in a file that cannot be rewritten" in leaking.reason
    picture = published("download", b"\xff\xd8\xff" + noise, secrets, tmp_path, "c.bin")
    assert "not from the camera" in picture.reason


def test_messages_and_console_lines_are_marked_across_thousands_of_others(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    half = len(PASSWORD) // 2
    between = [{"type": "receive", "opcode": 1, "data": "the guest list"}] * 3000
    sent = [{"type": "send", "opcode": 1, "data": PASSWORD[:half]}]
    rest = [{"type": "send", "opcode": 1, "data": PASSWORD[half:]}]
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in (*sent, *between, *rest))
    clean = [json.loads(each) for each in kept("websocket", lines, secrets, tmp_path).splitlines()]
    assert [each["data"] for each in clean if each["type"] == "send"] == [MARK, ""]
    assert sum(each["data"] == "the guest list" for each in clean) == 3000


def test_a_har_is_read_entry_by_entry_wherever_its_parts_stand(
    secrets: RunSecrets, tmp_path: Path
) -> None:
    entry = {"request": {"url": f"https://a.example/{USERNAME}"}, "response": {}}
    log = {"entries": [entry, 5, entry], "pages": [{"id": "p1", "title": USERNAME}, "x"]}
    har = json.dumps({"log": {**log, "creator": {"name": "C", "secret": PASSWORD}}}).encode()
    clean = json.loads(kept("har", b"\xef\xbb\xbf" + har, secrets, tmp_path, "a.har"))["log"]
    assert clean["creator"] == {"name": "C"}
    assert clean["pages"] == [{"id": "p1", "title": "‹LOGIN.username›"}]
    assert [each["request"]["url"] for each in clean["entries"]] == [
        "https://a.example/‹LOGIN.username›"
    ] * 2
    for broken in (b'{"log": {"entries": [}}', b'{"log": []}', b"{}", b""):
        assert published("har", broken, secrets, tmp_path, "b.har").state == "withheld"
