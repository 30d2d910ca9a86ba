from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agent.errors import SourceDenied, SourceMalformed, SourceMissing
from agent.vault.providers.file import LARGEST, File, FileReference

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> str:
    reference = FileReference(files={"value": str(path)})
    return File().fetch(reference, ["value"])["value"]


def write(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_is_ours_alone_is_read(tmp_path: Path, mode: int) -> None:
    assert read(write(tmp_path / "a", "canary", mode)) == "canary"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o610, 0o601])
def test_a_file_that_others_could_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SourceDenied, match="open to other users") as refused:
        read(write(tmp_path / "a", "canary", mode))
    assert "canary" not in refused.value.message + refused.value.hint
    assert "chmod 600" in refused.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "canary")
    os.chown(path, 65534, -1)
    with pytest.raises(SourceDenied, match="another user"):
        read(path)


def test_a_link_is_not_followed_even_to_a_file_of_our_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "canary")
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(SourceDenied, match="symbolic link"):
        read(link)
    assert read(path) == "canary"


@pytest.mark.parametrize(
    ("written", "text"),
    [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("ä\n", "ä")],
)
def test_one_line_break_at_the_end_is_not_the_value(
    tmp_path: Path, written: str, text: str
) -> None:
    assert read(write(tmp_path / "a", written)) == text


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="empty"):
        read(write(tmp_path / "empty", "\n"))
    with pytest.raises(SourceMalformed, match="larger"):
        read(write(tmp_path / "large", "x" * (LARGEST + 1)))
    with pytest.raises(SourceMalformed, match="UTF-8"):
        read(write(tmp_path / "binary", b"\xff\xfe"))
    with pytest.raises(SourceDenied, match="not a file"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SourceDenied, match="not a file"):
        read(tmp_path / "pipe")


@pytest.mark.parametrize("path", ["relative", "../up", "~/home", "/a\nb", "/"])
def test_only_an_absolute_path_is_a_reference(path: str) -> None:
    with pytest.raises(ValueError, match="files"):
        FileReference(files={"value": path})
