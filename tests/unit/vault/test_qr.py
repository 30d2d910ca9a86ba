"""TOTP keys from pictures: made here in every shape a screenshot or a photograph has."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from agent.errors import EnvironmentUnfit, UsageError
from agent.vault import qr
from agent.vault.qr import LARGEST_FILE, read_picture
from agent.vault.qr_reader import read
from tests.unit.vault.exports import account, link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "otpauth://totp/Hotel:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hotel"


def code(text: str = KEY, scale: int = 6, border: int = 4) -> Image.Image:
    written = io.BytesIO()
    segno.make(text, error="m", micro=False).save(written, kind="png", scale=scale, border=border)
    return Image.open(written).convert("RGB")


def on_a_page(picture: Image.Image) -> Image.Image:
    page = Image.new("RGB", (1280, 900), "#f4f4f8")
    page.paste(picture, (800, 350))
    return page


def transparent(picture: Image.Image) -> Image.Image:
    seen = picture.convert("RGBA")
    seen.putalpha(ImageOps.invert(picture.convert("L")))
    return seen


SHAPES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "plain": lambda p: p,
    "quarter turn": lambda p: p.rotate(90, expand=True),
    "half turn": lambda p: p.rotate(180),
    "leaning": lambda p: p.rotate(17, expand=True, fillcolor="white"),
    "inverted": ImageOps.invert,
    "small": lambda p: p.resize((p.width // 2, p.height // 2)),
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(1.5)),
    "grey": lambda p: ImageOps.colorize(p.convert("L"), "#444444", "#bbbbbb"),
    "two colours": lambda p: p.convert("1"),
    "palette": lambda p: p.convert("P"),
    "transparent": transparent,
    "screenshot": on_a_page,
}


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(picture: Image.Image, kind: str = "PNG", **options: int) -> Path:
        path = tmp_path / f"shot.{kind.lower()}"
        picture.save(path, kind, **options)
        return path

    return write


@pytest.mark.parametrize("shape", SHAPES)
def test_a_code_is_read_in_any_shape(put: Callable[..., Path], shape: str) -> None:
    assert read_picture(put(SHAPES[shape](code()))) == KEY


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 15}), ("WEBP", {"quality": 30})]
)
def test_a_code_is_read_from_a_lossy_picture(
    put: Callable[..., Path], kind: str, options: dict[str, int]
) -> None:
    assert read_picture(put(on_a_page(code()), kind, **options)) == KEY


def test_an_export_of_several_accounts_is_read(put: Callable[..., Path]) -> None:
    export = link(*(account(name=f"ann-{n}@hotel.example") for n in range(8)))
    assert read_picture(put(code(export, scale=4))) == export


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as refused:
        read_picture(path)
    assert "GEZDGNBV" not in refused.value.message + refused.value.hint
    return refused.value.message


def test_pictures_without_one_code_are_refused(put: Callable[..., Path]) -> None:
    assert "holds no QR code" in refusal(put(Image.new("RGB", (400, 400), "white")))
    both = Image.new("RGB", (900, 500), "white")
    both.paste(code(), (0, 0))
    both.paste(code("otpauth://totp/other?secret=GEZDGNBVGY3TQOJQ", 5), (480, 0))
    assert "several QR codes" in refusal(put(both))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_not_even_tried(put: Callable[..., Path], kind: str) -> None:
    assert "is not a PNG, JPEG or WebP" in refusal(put(code(), kind))


def test_too_large_a_file_or_picture_is_refused(put: Callable[..., Path], tmp_path: Path) -> None:
    assert "20 million pixels" in refusal(put(Image.new("1", (5000, 4001))))
    path = tmp_path / "big.png"
    path.write_bytes(bytes(LARGEST_FILE + 1))
    assert "8 MiB" in refusal(path)


def test_a_bomb_of_a_picture_is_refused(tmp_path: Path) -> None:
    """A header that claims 4 thousand million pixels, and nothing behind it."""
    whole = io.BytesIO()
    Image.new("1", (8, 8)).save(whole, "PNG")
    bomb = bytearray(whole.getvalue())
    bomb[16:24] = (65_535).to_bytes(4, "big") * 2
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    assert refusal(path)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    for content in (b"", KEY.encode(), b"\x89PNG\r\n\x1a\n" + bytes(100), b"%!PS-Adobe", b"<svg/>"):
        path.write_bytes(content)
        assert refusal(path)
    assert "No such file" in refusal(tmp_path / "absent.png")
    assert refusal(tmp_path)


def test_damaged_pictures_bring_out_no_other_error(put: Callable[..., Path]) -> None:
    chance = random.Random(7)  # noqa: S311  the same damage each time
    for kind in ("PNG", "JPEG", "WEBP"):
        path = put(code(scale=3), kind)
        whole = path.read_bytes()
        for _ in range(6):
            changed = bytearray(whole[: chance.randrange(len(whole) // 2, len(whole))])
            for _ in range(8):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            path.write_bytes(changed)
            with suppress(UsageError):
                assert read_picture(path)


def test_nothing_of_the_picture_is_left_behind(put: Callable[..., Path], tmp_path: Path) -> None:
    path = put(code())
    read_picture(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_the_reader_has_limits_and_they_hold(tmp_path: Path) -> None:
    asked = (
        "import resource; from agent.vault.qr_reader import confine; confine()\n"
        "try:\n    bytearray(2 << 30)\nexcept MemoryError:\n    print('memory')\n"
        "import tempfile, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n    open('written', 'wb', 0).write(b'x')\nexcept OSError:\n    print('file')\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout.split() == ["memory", "file", "15"], done.stderr


def test_a_reader_that_does_not_answer_is_given_up(
    put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr, "TIME_LIMIT", 0.001)
    assert "could not be read" in refusal(put(code()))


def test_without_the_extra_it_is_said_what_to_install(
    put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr, "find_spec", lambda _name: None)
    with pytest.raises(EnvironmentUnfit) as missing:
        read_picture(put(code()))
    assert "slotrunner[qr]" in missing.value.hint


def encoded(kind: str) -> bytes:
    written = io.BytesIO()
    code("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", scale=2).save(written, kind)
    return written.getvalue()


WHOLE = {kind: encoded(kind) for kind in ("PNG", "JPEG", "WEBP")}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 2000), st.binary(max_size=6), st.booleans())
def test_the_reader_answers_whatever_it_is_given(
    kind: str, at: int, put: bytes, cut: object
) -> None:
    whole = WHOLE[kind]
    at %= len(whole)
    changed = whole[:at] + put + (b"" if cut else whole[at + len(put) :])
    answer = read(changed)
    assert set(answer) == {"text"} or answer["refused"] in {"picture", "pixels", "none", "several"}


def test_the_reader_reads_what_was_not_changed() -> None:
    assert {read(whole)["text"] for whole in WHOLE.values()} == {
        "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ"
    }
