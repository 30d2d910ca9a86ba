from __future__ import annotations

import io

from PIL import Image

from agent.artifacts.paint import painted


def shot(width: int = 100, height: int = 60) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, "JPEG", comment=b"from the browser")
    return file.getvalue()


def at(jpeg: bytes, x: int, y: int) -> int:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return int(picture.convert("L").getpixel((x, y)))


def test_boxes_are_solid_black_with_a_margin_and_the_rest_stays() -> None:
    jpeg, width, height = painted(shot(), [(20, 20, 40, 30)], 100)
    assert (width, height) == (100, 60)
    assert at(jpeg, 30, 25) < 10
    assert at(jpeg, 19, 19) < 60
    assert at(jpeg, 70, 50) > 245


def test_boxes_follow_a_denser_screen() -> None:
    jpeg, _, _ = painted(shot(200, 120), [(20, 20, 40, 30)], 100)
    assert at(jpeg, 60, 50) < 10
    assert at(jpeg, 30, 25) > 200


def test_boxes_outside_the_picture_and_empty_ones_do_no_harm() -> None:
    jpeg, _, _ = painted(shot(), [(-50, -50, -10, -10), (5, 5, 5, 9), (500, 500, 600, 600)], 100)
    assert at(jpeg, 5, 5) > 245


def test_nothing_of_the_old_file_is_carried_over() -> None:
    jpeg, _, _ = painted(shot(), [], 100)
    assert b"from the browser" not in jpeg
