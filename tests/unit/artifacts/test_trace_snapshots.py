from __future__ import annotations

import copy
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from agent.artifacts import trace_snapshots
from agent.artifacts.artifact import Refused
from agent.artifacts.past_texts import HELD, PastTexts
from agent.artifacts.trace_snapshots import Snapshots, put_texts
from tests.unit.artifacts.conftest import USERNAME

if TYPE_CHECKING:
    from agent.vault.open import RunSecrets


def snapshot(html: Any, frame: str = "f") -> dict[str, Any]:
    return {"frameId": frame, "frameUrl": "about:blank", "html": html, "resourceOverrides": []}


def cleaned(secrets: RunSecrets, *trees: Any, held: int = HELD) -> list[Any]:
    clean = []
    with (
        TemporaryDirectory() as folder,
        closing(PastTexts(Path(folder), held=held)) as pasts,
    ):
        snapshots = Snapshots(secrets.redactor, lambda _: None, pasts)
        for tree in copy.deepcopy(trees):
            clean.append(snapshots.clean(snapshot(tree)))
            snapshots.join(clean[-1])
    for number, texts in snapshots.later.items():
        put_texts(clean[number], texts)
    return [one["html"] for one in clean]


def shape(node: Any) -> Any:
    """A tree with its strings replaced by nothing: what references count on."""
    if isinstance(node, str):
        return ""
    if isinstance(node, list) and node and isinstance(node[0], str):
        return [node[0], *map(shape, node[2:])]
    return node


def test_text_split_over_elements_is_marked_once_and_no_node_is_lost(secrets: RunSecrets) -> None:
    tree = ["P", {}, *(["B", {}, letter] for letter in USERNAME)]
    (clean,) = cleaned(secrets, tree)
    assert shape(clean) == shape(tree)
    assert "".join(child[2] for child in clean[2:]) == "‹LOGIN.username›"


def test_text_that_starts_in_an_earlier_snapshot_is_found_through_the_reference(
    secrets: RunSecrets,
) -> None:
    first = ["BODY", {}, ["B", {}, USERNAME[:8]]]
    second = ["BODY", {}, [[1, 1]], ["B", {}, USERNAME[8:]]]
    clean = cleaned(secrets, first, second)
    assert USERNAME[:8] not in str(clean)
    assert USERNAME[8:] not in str(clean)
    assert shape(clean[1]) == shape(second)


def test_a_sheets_text_counts_as_a_node_but_not_as_text(secrets: RunSecrets) -> None:
    half = len(USERNAME) // 2
    first = ["BODY", {}, ["B", {}, USERNAME[:half]], ["STYLE", {}, "a{}"]]
    second = ["BODY", {}, [[1, 1]], [[1, 3]], ["B", {}, USERNAME[half:]]]
    clean = cleaned(secrets, first, second)
    assert clean[0][3][2] == "a{}"
    assert USERNAME[half:] not in str(clean)


def test_what_is_typed_is_masked_in_place(secrets: RunSecrets) -> None:
    tree = ["BODY", {}, ["INPUT", {"__playwright_value_": "typed", "name": "q"}], "rest"]
    (clean,) = cleaned(secrets, tree)
    assert clean[2][1] == {"__playwright_value_": "[REDACTED]", "name": "q"}
    assert clean[3] == "rest"


def test_scripts_that_should_not_be_there_are_emptied(secrets: RunSecrets) -> None:
    (clean,) = cleaned(secrets, ["BODY", {}, ["SCRIPT", {}, "alert(1)"]])
    assert clean == ["BODY", {}, ["SCRIPT", {}, ""]]


def test_frames_do_not_share_their_nodes(secrets: RunSecrets, tmp_path: Path) -> None:
    with closing(PastTexts(tmp_path)) as pasts:
        snapshots = Snapshots(secrets.redactor, lambda _: None, pasts)
        for frame in ("a", "b"):
            clean = snapshots.clean(snapshot(["P", {}, [[1, 0]]], frame))
            snapshots.join(clean)
            assert clean["html"] == ["P", {}, [[1, 0]]]


@pytest.mark.parametrize("held", [HELD, 1])
def test_text_far_back_is_found_whether_it_is_held_or_was_put_away(
    secrets: RunSecrets, held: int
) -> None:
    first = ["BODY", {}, ["B", {}, "a guest"], ["B", {}, USERNAME[:8]]]
    between = [["BODY", {}, [[back, 3]], ["I", {}, f"page {back}"]] for back in range(1, 40)]
    last = ["BODY", {}, [[40, 1]], [[40, 3]], ["B", {}, USERNAME[8:]]]
    clean = cleaned(secrets, first, *between, last, held=held)
    assert clean[0] == ["BODY", {}, ["B", {}, "a guest"], ["B", {}, "‹LOGIN.username›"]]
    assert clean[-1] == ["BODY", {}, [[40, 1]], [[40, 3]], ["B", {}, ""]]
    assert clean[1:-1] == between


def test_the_first_mark_in_an_earlier_text_is_seen_by_the_next_that_shows_it(
    secrets: RunSecrets,
) -> None:
    first = ["BODY", {}, ["B", {}, f"{USERNAME[:8]}"]]
    again = ["BODY", {}, [[1, 1]], ["B", {}, USERNAME[8:]]]
    third = ["BODY", {}, [[2, 1]], ["B", {}, f"{USERNAME[8:]} is here"]]
    clean = cleaned(secrets, first, again, third, held=1)
    assert clean[0][2][2] == "‹LOGIN.username›"
    assert clean[2][3][2] == f"{USERNAME[8:]} is here", "alone it is no value"


def test_more_marks_in_earlier_texts_than_can_be_held_are_refused(
    secrets: RunSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def split(times: int) -> list[Any]:
        """Values that begin in one snapshot and end in the next, so many times."""
        trees = []
        for _ in range(times):
            trees.append(["BODY", {}, ["B", {}, USERNAME[:8]]])
            trees.append(["BODY", {}, [[1, 1]], ["B", {}, USERNAME[8:]]])
        return trees

    monkeypatch.setattr(trace_snapshots, "_MOST_NOTED", 2 * len("‹LOGIN.username›"))
    assert USERNAME[:8] not in str(cleaned(secrets, *split(2)))
    with pytest.raises(Refused, match="more places than can be held"):
        cleaned(secrets, *split(3))
