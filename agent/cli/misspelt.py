"""Recognises a misspelt option that would carry a secret; loaded only once a call has failed."""

from __future__ import annotations

import difflib

from agent.cli.refusing import VALUE_WORDS, option_name


def looks_like_value(option: str) -> bool:
    """Tell whether an unknown option such as ``--pasword`` was meant to carry a secret."""
    return bool(difflib.get_close_matches(option_name(option), VALUE_WORDS, n=1, cutoff=0.8))
