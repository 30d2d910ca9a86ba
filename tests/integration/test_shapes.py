"""Every shape of the gallery, with everything that can go right and wrong in it.

The agent is given a URL and a slot. What the site saw is read from the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.vault.tables import metadata
from fixtures.login_site.gallery import GALLERY
from tests.integration.many_sign_ins import CASES, Case, Ended, case_for, run_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fixtures.login_site.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

ALL = [(shape, case) for shape in GALLERY for case in CASES]
ANSWER_SECONDS = 5.0


class Results(dict[tuple[str, str], tuple[Case, Ended]]):
    """What came of each case, and the site that saw it."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    """Carry out, several at once, every case that a test of this file was selected for."""
    wanted = {
        (item.callspec.params["shape"], item.callspec.params["case"]): None
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
        and hasattr(item, "callspec") and "case" in item.callspec.params
    }
    cases = {key: _case(site, *key) for key in wanted}
    folder: Path = tmp_path_factory.mktemp("vault")
    engine = create_engine(f"sqlite:///{folder / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    vault = Vault(engine, FileKey(folder / "keys"))
    vault.create()
    ended = run_all(cases.values(), vault)
    engine.dispose()
    found = Results(site)
    for key, case in cases.items():
        found[key] = (case, ended[case.name])
    return found


def _case(site: Site, name: str, case: str) -> Case:
    shape = GALLERY[name]
    places = {"site": site.origin, "provider": site.provider}
    origins = [places[one] for one in shape.origins]
    return case_for(site, name, case, url=site.url(name), digits=shape.digits, origins=origins)


@pytest.mark.parametrize(("shape", "case"), ALL, ids=[f"{s}-{c}" for s, c in ALL])
def test_a_shape_ends_as_it_should(shape: str, case: str, results: Results) -> None:
    made, ended = results[shape, case]
    ends: Mapping[str, str] = GALLERY[shape].ends
    ledger = results.site.desk.ledger
    told = f"{ended.outcome}: {ended.message} | moves {ended.moves} | at {ended.where}"
    assert ended.outcome == ends[case], told
    username = made.known.username
    assert len(ledger.of(username, "password")) <= 1
    assert not ledger.of(username, "trust")
    assert not ledger.of(username, "stray")
    assert bool(ledger.of(username, "in")) == (ended.outcome == "signed_in")
