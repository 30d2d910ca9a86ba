from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.vault.secret_types.value import Value


def test_a_value_of_several_lines_is_stored_as_entered() -> None:
    assert Value.validate({"value": "-----BEGIN-----\nabc\n"}) == {
        "value": "-----BEGIN-----\nabc\n"
    }


@pytest.mark.parametrize("fields", [{}, {"value": ""}, {"value": "v", "password": "p"}])
def test_anything_else_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Value.validate(fields)
