"""Which button leads to an origin of the secret's list."""

from __future__ import annotations

import pytest

from agent.login.observation import Button, Observation, Signs, Way, WayKind
from agent.login.places import allows, may_type, origin_of, way_to_list
from agent.login.progress import Progress
from agent.vault.origin import OriginPolicy

HERE = "https://shop.example"
POLICY = OriginPolicy.parse(["https://accounts.provider.example", "https://id.other.example:8443"])


def _provider(text: str, host: str = "", kind: WayKind = WayKind.PROVIDER) -> Way:
    return Way(kind, Button(f"d#{text}", text=text), host)


def _chosen(*ways: Way, **more: object) -> str | None:
    seen = Observation(url=f"{HERE}/login", ways=ways)
    progress = Progress(origins=POLICY, **more)  # type: ignore[arg-type]  # a table of changes
    way = way_to_list(seen, progress)
    return way.button.text if way else None


@pytest.mark.parametrize(
    ("ways", "chosen"),
    [
        ((_provider("A", "a.example"), _provider("P", "accounts.provider.example")), "P"),
        ((_provider("A", "a.example"), _provider("O", "id.other.example:8443")), "O"),
        ((_provider("O", "id.other.example"),), None),  # another port is another origin
        ((_provider("A"), _provider("Go on with Provider")), "Go on with Provider"),
        ((_provider("A"), _provider("B")), "A"),
        ((_provider("Sign in", kind=WayKind.SIGN_IN), _provider("B")), "B"),
        ((_provider("P", "provider.example.evil"),), None),
        ((Way(WayKind.CONSENT, Button("d#c", text="Provider")),), None),
    ],
)
def test_the_address_decides_then_the_name_then_what_only_the_site_knows(
    ways: tuple[Way, ...], chosen: str | None
) -> None:
    assert _chosen(*ways) == chosen


def test_the_name_the_task_gives_settles_it() -> None:
    ways = (_provider("P", "accounts.provider.example"), _provider("Anmelden mit Ändere"))
    assert _chosen(*ways, via="ÄNDERE") == "Anmelden mit Ändere"


def test_a_way_is_pressed_once() -> None:
    way = _provider("P", "accounts.provider.example")
    assert _chosen(way, taken=frozenset({way.name})) is None


def test_a_form_is_allowed_by_its_frame_and_by_the_page_around_it() -> None:
    inside, outside = "https://accounts.provider.example/x", f"{HERE}/y"
    for places, allowed in (((inside,), True), ((inside, outside), False), ((outside,), False)):
        seen = Observation(signs=Signs(places=places))
        assert may_type(seen, Progress(origins=POLICY)) is allowed
        assert may_type(seen, Progress())


def test_what_has_no_origin_is_allowed_nothing() -> None:
    for url in ("about:blank", "data:text/html,x", "blob:https://accounts.provider.example/1"):
        assert origin_of(url) == ""
        assert not allows(POLICY, url)
