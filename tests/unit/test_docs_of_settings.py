"""docs/settings.md and docs/workers.md name what the code knows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from agent.runs import chronicle, events, takeovers
from agent.settings import Config

DOCS = Path(__file__).parents[2] / "docs"


def test_every_table_and_key_of_the_file_is_shown_and_is_one() -> None:
    text = (DOCS / "settings.md").read_text()
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    written = tomllib.loads(shown)
    Config.model_validate(written)
    assert set(written) == set(Config.model_fields) - {"use"}
    for name, table in written.items():
        kind = Config.model_fields[name].annotation
        assert set(table) == set(getattr(kind, "model_fields", ())), name
    use = Config.model_fields["use"].annotation
    for option in getattr(use, "model_fields", ()):
        assert f"`{option}`" in text, option


def test_every_kind_of_event_is_named_and_is_one() -> None:
    watching = (DOCS / "workers.md").read_text().partition("## Watching a run")[2]
    named = set(re.findall(r"`([a-z_]+)`", watching.partition("Events are numbered")[0]))
    kinds = {
        value
        for module in (chronicle, events)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    assert named == kinds | takeovers.OF_A_PERSON
