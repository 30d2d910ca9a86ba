from __future__ import annotations

import pytest

from agent.artifacts import camera
from agent.artifacts.page_reading import Reading

BOX = (0.0, 0.0, 9.0, 9.0)


@pytest.mark.parametrize(
    ("after", "alike"),
    [
        (Reading([BOX], [], [], [], 1), True),
        (Reading([BOX], [("", BOX)], [], [], 1), True),
        (Reading([BOX, BOX], [], [], [], 1), False),
        (Reading([], [], [], [], 1), False),
        (Reading([BOX], [], [], [], 2), False),
    ],
)
def test_two_looks_agree_only_on_one_document_with_as_many_values(
    after: Reading, *, alike: bool
) -> None:
    assert camera._are_alike(Reading([BOX], [], [], [], 1), after) == alike
