"""Figures as pictures: each says in words what it shows, and a table says the same."""

from __future__ import annotations

import re

from agent.api.dashboard.drawn import next_contention, of_codes, of_sites, of_task
from agent.runner.figures import CodeLine, Day, SiteLogins, TaskDays, Use, line_of

NOW = 1_795_348_800.0


def labels(drawn: object) -> list[str]:
    return re.findall(r'aria-label="([^"]*)"', str(drawn))


def test_a_task_has_its_rate_and_its_duration_day_by_day() -> None:
    days = (Day("2026-11-22", 4, 1, 20.0), Day("2026-11-23", 2, 2, 10.0))
    picture = of_task(TaskDays("Guests", days))
    (_, rates), (_, lengths) = picture.drawn
    assert labels(rates) == ["Guests: 3 of 6 runs succeeded, on 2 days"]
    assert re.findall(r'class="(good|bad)"', str(rates)) == ["bad", "good"]
    heights = [float(one) for one in re.findall(r'height="([0-9.]+)" rx', str(lengths))]
    assert heights[0] == 2 * heights[1]
    assert picture.rows[0] == ("2026-11-22", "4", "1", "25%", "20 s")


def test_each_site_has_a_row_of_how_its_sign_ins_ended() -> None:
    logins = SiteLogins("https://hotel.example", (("signed_in", 3), ("bad_credentials", 1)))
    picture = of_sites([logins])
    [(said, drawn)] = picture.drawn
    assert said == "https://hotel.example: 3 signed in, 1 bad credentials"
    assert labels(drawn) == [said]
    assert re.findall(r'class="(good|bad)"', str(drawn)) == ["good", "bad"]
    assert picture.rows[1] == ("https://hotel.example", "bad credentials", "1")


def test_the_next_contention_is_told_and_drawn_in_another_shape() -> None:
    line = line_of(
        "Hotel", [Use(NOW + 60, "Mornings"), Use(NOW + 70, "Import"), Use(NOW + 600, "x")]
    )
    picture = of_codes([line], NOW)
    [(_, drawn)] = picture.drawn
    assert labels(drawn) == ["Hotel: next at 2026-11-22 12:01:00 UTC, Mornings and Import"]
    assert len(re.findall(r'<rect class="bad"', str(drawn))) == 2
    assert len(re.findall("<circle", str(drawn))) == 1
    assert [row[3] for row in picture.rows] == ["yes", "yes", "no"]


def test_without_a_contention_that_is_what_is_said() -> None:
    alone = CodeLine("Hotel", (Use(NOW, "Mornings"),))
    assert next_contention(alone) == "Hotel: nobody has to wait for another's code"
    assert of_codes([], NOW).drawn == ()


def test_a_hostile_name_stays_text() -> None:
    picture = of_task(TaskDays('"><script>', (Day("2026-11-22", 1, 1, 1.0),)))
    assert "<script" not in str(picture.drawn)
