from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.artifacts.styles import clean_style
from tests.unit.artifacts.conftest import USERNAME

if TYPE_CHECKING:
    from agent.vault.open import RunSecrets


def test_a_sheet_without_a_value_stays_as_it_is(secrets: RunSecrets) -> None:
    sheet = '.a::before { content: "\\2014 " "x"; background: url(/a.png) }'
    assert clean_style(sheet, secrets.redactor) == sheet


def test_inlined_files_are_cut(secrets: RunSecrets) -> None:
    sheet = "a { background: url('data:image/svg+xml,<svg/>') }"
    assert clean_style(sheet, secrets.redactor) == "a { background: url(data:,) }"


@pytest.mark.parametrize(
    "spelled",
    [
        "".join(f"\\{ord(letter):06x}" for letter in USERNAME),
        "".join(f"\\{ord(letter):x} " for letter in USERNAME),
        f'{USERNAME[:9]}" "{USERNAME[9:]}',
    ],
)
def test_nothing_stays_of_a_sheet_that_spells_a_value(secrets: RunSecrets, spelled: str) -> None:
    assert clean_style(f'.a::after {{ content: "{spelled}" }}', secrets.redactor) == ""
