"""The agent knows no page of the fake site: no name of a shape, no selector, no word of its."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scripts import CODES, LOGINS
from fixtures.login_site.gallery import GALLERY

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT = Path(__file__).parents[2] / "agent"
# Names that are also words of the trade, and would be found in any program that signs in.
WORDS_OF_THE_TRADE = frozenset({"basic", "broken", "maintenance"})
_NAME = re.compile(r"""\[name=["']?([\w$\[\].-]+?)["']?\]|#([\w-]+)""")
# Names that any site may have; what is told apart here is what only this site has.
_USUAL = """
username password code email login a b u p on go open choice uid K S x1 x2 inner usr who
identifier agree passwd action q7 skip main wall mm
"""
# What starts the site for a person or for a suite, and so names it.
STARTS_IT = {
    AGENT / "cli/commands/fake_site.py",
    AGENT / "pytest_plugin/fixtures.py",
    AGENT / "pytest_plugin/wanted.py",
}
WORDS = {AGENT / "tasks/importing/credentials.py", AGENT / "tasks/importing/kinds.py"}
USUAL = frozenset(_USUAL.split())


def _texts() -> Iterator[tuple[Path, str]]:
    for path in AGENT.rglob("*"):
        if path.suffix in {".py", ".js", ".json"} and "__pycache__" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def _selectors() -> set[str]:
    steps = [step for table in (LOGINS, CODES) for steps in table.values() for step in steps]
    found = [_NAME.findall(word) for _, *words in steps for word in words]
    return {first or second for pairs in found for first, second in pairs} - USUAL


def test_no_shape_is_named_in_the_agent() -> None:
    names = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in GALLERY
                                if name not in WORDS_OF_THE_TRADE))  # fmt: skip
    for path, text in _texts():
        assert not names.findall(text), path


def test_no_selector_of_a_shape_is_in_the_agent() -> None:
    selectors = _selectors()
    assert len(selectors) > 20
    known = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in selectors))
    for path, text in _texts():
        # Lists of words hold what fields are called in many languages, on this site as on others.
        words = path.suffix == ".json" or path in WORDS
        found = {name for name in known.findall(text) if not words or _opaque(name)}
        assert not found, path


def _opaque(name: str) -> bool:
    return not name.isalpha()


def test_the_agent_names_neither_the_site_nor_its_makings() -> None:
    for path, text in _texts():
        if path not in STARTS_IT:
            assert not re.search(r"data-trap|Meridian|/shapes/|login_site", text), path


def test_a_shape_named_in_the_agent_would_be_found() -> None:
    """Positive control."""
    assert re.search(r"\bclosed-root\b", 'if name == "closed-root":')
    assert "benutzer" in _selectors()
