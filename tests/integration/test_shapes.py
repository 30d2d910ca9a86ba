"""Every shape of the gallery, with everything that can go right and wrong in it.

The agent is given a URL and a slot. What the site saw is read from the site: its ledger, which
notes what it was sent, and its log, which holds every request of every server byte for byte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from agent.login.sign_in import Wish
from fixtures.login_site.gallery import GALLERY
from tests.integration.many_sign_ins import CASES, Case, Ended, case_for, run_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.login_site.gallery.shape import Shape
    from fixtures.login_site.ledger import Entry
    from fixtures.login_site.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

# Each shape with the right account and with one that is not; the other three are slow together.
ALL = [
    pytest.param(
        shape,
        case,
        id=f"{shape}-{case}",
        marks=() if at == 0 or at == number % (len(CASES) - 1) + 1 else (pytest.mark.slow,),
    )
    for number, shape in enumerate(GALLERY)
    for at, case in enumerate(CASES)
]
ANSWER_SECONDS = 5.0
# Here the attack begins when something is typed into a page that was right until then.
_TYPED_FIRST = {"evil-change-on-input", "evil-sends-keys"}
UNTYPED = [
    name
    for name, shape in GALLERY.items()
    if shape.ends["right"].startswith("origin_refused") and name not in _TYPED_FIRST
]
LONGEST, SHORTEST = 20.0, 3.0  # seconds for a sign-in, and for one that is to run out of time


class Results(dict[tuple[str, str], tuple[Case, Ended]]):
    """What came of each case, and the site that saw it."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.trapped: list[Entry] = []

    def noted(self, case: Case, what: str) -> list[Entry]:
        """Give what the site noted about the account of a case."""
        return self.site.desk.ledger.of(case.known.username, what)

    def passwords(self) -> Iterator[tuple[Case, str]]:
        """Give each case with the password its secret held."""
        for case, _ in self.values():
            yield case, case.held.password


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    """Carry out, several at once, every case that a test of this file was selected for."""
    cases = {key: _case(site, *key) for key in _selected(request)}
    before = len(site.desk.ledger.of("", "stray"))
    ended = run_all(cases.values(), tmp_path_factory.mktemp("vaults"))
    found = Results(site)
    found.update({key: (case, ended[case.name]) for key, case in cases.items()})
    found.trapped = site.desk.ledger.of("", "stray")[before:]
    return found


def _selected(request: pytest.FixtureRequest) -> dict[tuple[str, str], None]:
    chosen = [
        item.callspec.params
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and hasattr(item, "callspec")
    ]
    return {
        (params["shape"], case): None
        for params in chosen
        for case in [params.get("case", CASES[0])]
    }


def _case(site: Site, name: str, case: str) -> Case:
    shape = GALLERY[name]
    places = {"site": site.origin, "provider": site.provider}
    return case_for(
        site,
        name,
        case,
        url=site.url(name),
        digits=shape.digits,
        origins=[places[one] for one in shape.origins],
        wish=Wish(timeout=_seconds(shape), **shape.wish),
    )


def _seconds(shape: Shape) -> float:
    return SHORTEST if shape.ends["right"] == "timeout" else LONGEST


@pytest.mark.parametrize(("shape", "case"), ALL)
def test_a_shape_ends_as_it_should(shape: str, case: str, results: Results) -> None:
    made, ended = results[shape, case]
    said = f"{ended.outcome}: {ended.message} | moves {ended.moves} | at {ended.where}"
    assert ended.outcome in GALLERY[shape].ends[case].split("|"), said
    assert len(results.noted(made, "password")) <= 1, "the password was sent again"
    assert len(results.noted(made, "code")) <= (2 if case == "wrong_code" else 1), "too many codes"
    assert not results.noted(made, "trust"), "the site was asked to trust this device"
    assert not results.noted(made, "stray"), "something was put where it does not belong"
    assert bool(results.noted(made, "in")) == (ended.outcome == "signed_in"), said
    if ended.outcome == "bad_credentials":
        _told_in_time(ended, results.noted(made, "password"))


def _told_in_time(ended: Ended, sent: list[Entry]) -> None:
    """A wrong password is told within five seconds of the site's answer."""
    assert sent, "the site was never asked"
    assert ended.at - sent[-1].at < ANSWER_SECONDS


@pytest.mark.parametrize("shape", UNTYPED)
def test_on_an_attackers_page_nothing_is_typed(shape: str, results: Results) -> None:
    for case in (case for name, case in results if name == shape):
        made, ended = results[shape, case]
        assert made.held.password not in ended.left, case
        # The form changes when the password's field is chosen: the name stands there by then.
        if shape != "evil-change-on-focus":
            assert made.held.username not in ended.left, case


def test_nothing_was_typed_into_a_trap(results: Results) -> None:
    """The pages tell it by themselves, also of what is never sent."""
    assert {(one.shape, one.detail) for one in results.trapped} == set()


def test_no_password_went_to_another_server_or_into_an_address(results: Results) -> None:
    held = {quote_plus(password): case for case, password in results.passwords()}
    held |= {password: case for case, password in results.passwords()}
    known = re.compile("|".join(map(re.escape, held)).encode())
    for request in results.site.log:
        target = f"{request.path}?{request.query}".encode()
        assert not known.search(target), request.path
        found = known.search(request.body)
        if found is not None:
            case = held[found[0].decode()]
            assert request.origin in case.origins, (case.name, request.origin)
    stranger = results.site.evil_log.everything()
    assert not known.search(stranger)
    assert not any(case.held.username.encode() in stranger for case, _ in results.values())


def test_no_secret_is_in_what_a_person_is_told(results: Results) -> None:
    for case, ended in results.values():
        told = " ".join((ended.message, ended.hint, *ended.moves))
        assert case.held.password not in told, case.name
