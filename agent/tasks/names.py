"""What may be a name in a task file."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
_RESULT = r"^results\.[A-Za-z_][A-Za-z0-9_]{0,63}$"
_INCLUDED = r"^[A-Za-z0-9_][A-Za-z0-9_ -]*(?:[./][A-Za-z0-9_ -]+){0,20}$"
PLACE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,23}$"
_FILE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

Name = Annotated[str, StringConstraints(pattern=_NAME)]
ResultPath = Annotated[str, StringConstraints(pattern=_RESULT)]
IncludedName = Annotated[str, StringConstraints(pattern=_INCLUDED, max_length=500)]
FileName = Annotated[str, StringConstraints(pattern=_FILE)]

PlaceName = Annotated[str, StringConstraints(pattern=PLACE)]
"""What a queue or a label is called."""

PATTERN_WORDS = {
    _NAME: "a name is made of letters, digits and _, starts with a letter or _, "
    "and has at most 64 of them",
    _RESULT: 'expected results.NAME, as in "results.guests"',
    _INCLUDED: 'expected the name of a file, as in "parts/sign-in.json"',
    PLACE: "a queue or a label is made of letters, digits, '.', '_' and '-', starts with a letter "
    "or digit, and has at most 24 of them",
    _FILE: "a file's name is made of letters, digits, - and _, and has at most 64 of them",
}
