"""Many byte strings at once: the engine names every one that is there."""

from __future__ import annotations

import random

from agent.vault.many import Many


def test_it_names_every_string_that_is_there() -> None:
    dice = random.Random(5)  # noqa: S311 - the same strings each time
    bodies = [dice.randbytes(dice.randint(1, 90)) for _ in range(300)]
    many = Many(bodies)
    for _ in range(200):
        some = dice.sample(range(len(bodies)), 3)
        text = b"".join(dice.randbytes(40) + bodies[number] for number in some)
        assert set(some) <= set(many.candidates(text))


def test_it_takes_octets_as_they_are() -> None:
    bodies = [b"\0h\0u\0n", b"[a-z]+.*", b"\\x41", b"\n\r ", b"\xff\xfe"]
    many = Many(bodies)
    for number, body in enumerate(bodies):
        assert many.candidates(b"..." + body + b"...") == [number]
    assert many.candidates(b"abc A x41") == []
    assert many.candidates(b"") == []


def test_strings_that_begin_alike_are_all_candidates() -> None:
    many = Many([b"k" * 100 + b"a", b"k" * 100 + b"b", b"other"])
    assert many.candidates(b"k" * 200) == [0, 1]
