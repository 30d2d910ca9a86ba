from __future__ import annotations

import pytest

from agent.login.observation import (
    Button,
    Field,
    Form,
    FormKind,
    Notice,
    Observation,
    Signs,
    Way,
    WayKind,
    challenged,
)
from agent.login.story import seen_in_words

URL = "https://hotel.example/login?next=/secret#top"
LOGIN = Form(
    "f",
    FormKind.LOGIN,
    username=Field("u", filled=True),
    password=Field("p"),
    submit=Button("b", text=" Go \n on "),
)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (
            Observation(url=URL, form=LOGIN),
            "hotel.example/login: a login form with username (filled) and password, button “Go on”",
        ),
        (
            Observation(url=URL, form=Form("f", FormKind.CODE, method="sms"), status=503),
            "hotel.example/login: HTTP 503, a form for a one-time code (sms)",
        ),
        (Observation(url=URL), "hotel.example/login: nothing to fill in"),
        (Observation(captcha=True, covered=True), "a captcha, something that lies over the form"),
        (
            Observation(
                url="https://ann:pw@hotel.example/reset/a8f3b2c9d4e5f6a7b8c9",
                signed_in=True,
                signs=Signs(proved=True),
            ),
            "hotel.example/reset/…: what only a signed-in person sees, what the step expects",
        ),
        (
            Observation(
                ways=(
                    Way(WayKind.PROVIDER, Button("g", text="Google")),
                    Way(WayKind.DISMISS, Button("c", text="Cookies")),
                ),
                notices=(Notice("Welcome"), Notice("x" * 200, alarm=True)),
            ),
            f"ways on: “Google”, it says “{'x' * 120}”",
        ),
        (
            challenged("https://hotel.example/basic"),
            "the browser's own login, asked for by hotel.example/basic",
        ),
        (Observation(url="http://[", blank=True), "an empty page"),
    ],
)
def test_a_look_is_told_in_words(seen: Observation, told: str) -> None:
    assert seen_in_words(seen) == told
