"""Tasks written with ``input_parameters`` and ``secure_parameters``, as other runners have them.

Both are lists by name, used in a text as ``{name[0]}``. At load an input parameter becomes an
input whose default it is, and a secure parameter a slot that says itself where its value is kept.
A secure one may only be the whole value of a fill step: it becomes a use of the slot there, and is
put into no text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import UsageError
from agent.tasks.inputs import Scalar
from agent.tasks.names import Name
from agent.tasks.placeholders import MISPLACED, did_you_mean, quoted, texts
from agent.tasks.problems import problem, problems_of
from agent.tasks.slot import UsableOrigin
from agent.vault.origin import Origin, OriginRule
from agent.vault.sourcing.aws_reference import AwsReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.errors import Problem
    from agent.tasks.positions import Path, Places

INPUTS: Final = "input_parameters"
SECRETS: Final = "secure_parameters"
APART: Final = ("steps", "included")

_PIECE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\[([0-9]{1,4})\]\}")
_WHERE = 'say where it may be used: "origins": ["https://…"] beside "amazon_secrets_manager"'


class SecureParameter(BaseModel):
    """One secret that AWS Secrets Manager keeps.

    ``origins`` are the sites it may be used on; without them it is the one site that the task's
    addresses name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    amazon_secrets_manager: AwsReference
    origins: Annotated[tuple[UsableOrigin, ...], Field(max_length=50)] = ()


class SeedForm(BaseModel):
    """The two keys, as they stand in a task file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input_parameters: Annotated[
        dict[Name, Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=100)]],
        Field(max_length=100, description="Plain values by name, used as {name[0]}."),
    ] = {}
    secure_parameters: Annotated[
        dict[Name, Annotated[tuple[SecureParameter, ...], Field(min_length=1, max_length=100)]],
        Field(
            max_length=100,
            description="Secrets by name, used as {name[0]} for the whole value of a fill step.",
        ),
    ] = {}


def converted(
    written: dict[str, Any], places: Places
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Write a document without the two keys; one that has neither is given back as it is."""
    if not written.keys() & {INPUTS, SECRETS}:
        return written, ()
    form = {key: written[key] for key in (INPUTS, SECRETS) if key in written}
    rest = {key: value for key, value in written.items() if key not in form}
    try:
        read = SeedForm.model_validate(form)
    except ValidationError as error:
        return rest, tuple(said for _, said in problems_of(error, SeedForm, form, places))
    conversion = _Conversion(read, rest, places)
    return conversion.document(), tuple(conversion.problems)


class _Conversion:
    """Turns one document over and keeps what is wrong with it."""

    def __init__(self, form: SeedForm, rest: dict[str, Any], places: Places) -> None:
        self.form = form
        self.rest = rest
        self.places = places
        self.problems: list[Problem] = []

    def document(self) -> dict[str, Any]:
        slots = self._beside("slots", dict(self._slots()))
        inputs = self._beside("inputs", dict(self._inputs()))
        for path, text in texts({key: self.rest[key] for key in self.rest if key not in APART}):
            self._refuse_outside(path, text)
        steps = self._replaced(self.rest.get("steps"), ("steps",))
        rest = {**self.rest, "slots": slots, "inputs": inputs, "steps": steps}
        return {key: value for key, value in rest.items() if key in self.rest or value}

    def _beside(self, key: str, made: dict[str, Any]) -> Any:
        own = self.rest.get(key, {})
        if not isinstance(own, dict):
            return own  # told by the task's own model
        for name in made.keys() & own.keys():
            self._say((key, name), "a parameter has this name too", at_key=True)
        return {**made, **own}

    def _inputs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, values in self.form.input_parameters.items():
            if name in self.form.secure_parameters:
                self._say((INPUTS, name), "a secure parameter has this name too", at_key=True)
            for index, value in enumerate(values):
                yield _name(name, index), {"type": _type(value), "default": value}

    def _slots(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, entries in self.form.secure_parameters.items():
            for index, entry in enumerate(entries):
                reference = entry.amazon_secrets_manager
                kept = {"provider": "aws_secrets_manager", "reference": reference.written()}
                origins = list(entry.origins) or self._only_site((SECRETS, name, index))
                made = {"type": _kind(entry), "origins": origins, "source": kept}
                yield _name(name, index), made if origins else {"type": made["type"]}

    def _only_site(self, path: Path) -> list[str]:
        sites = sorted(set(_sites(self.rest.get("steps"))))
        if len(sites) == 1:
            return sites
        found = f"the task's addresses name {', '.join(sites)}" if sites else "no address names one"
        self._say(path, f"{found}; {_WHERE}")
        return []

    def _replaced(self, written: Any, path: Path) -> Any:
        if isinstance(written, list):
            return [self._replaced(item, (*path, index)) for index, item in enumerate(written)]
        if isinstance(written, dict):
            return {key: self._replaced(item, (*path, key)) for key, item in written.items()}
        return self._text(written, path) if isinstance(written, str) else written

    def _text(self, text: str, path: Path) -> Any:
        whole = _PIECE.fullmatch(text)
        if whole and whole[1] in self.form.secure_parameters:
            return self._use(whole, path)
        return _PIECE.sub(lambda piece: self._input(piece, path), text)

    def _use(self, piece: re.Match[str], path: Path) -> Any:
        if not self._entry(piece, path):
            return piece[0]
        # A fill step may have a secret there; of any other place the planner says so.
        entry = self.form.secure_parameters[piece[1]][int(piece[2])]
        return {"secret": _name(piece[1], int(piece[2])), "field": _kind(entry)}

    def _input(self, piece: re.Match[str], path: Path) -> str:
        if piece[1] in self.form.secure_parameters:
            self._say(path, MISPLACED)
        elif self._entry(piece, path):
            return "${inputs." + _name(piece[1], int(piece[2])) + "}"
        return piece[0]

    def _entry(self, piece: re.Match[str], path: Path) -> bool:
        """Tell whether there is such a parameter, and say so where there is not."""
        known: dict[str, tuple[Any, ...]] = {
            **self.form.input_parameters,
            **self.form.secure_parameters,
        }
        if piece[1] not in known:
            guess = did_you_mean(piece[1], known)
            self._say(path, f"no parameter is called {quoted(piece[1])}{guess}")
        elif int(piece[2]) >= len(known[piece[1]]):
            count = len(known[piece[1]])
            self._say(path, f"{piece[1]} has {count} value(s), and the first is {piece[1]}[0]")
        else:
            return True
        return False

    def _refuse_outside(self, path: Path, text: str) -> None:
        if any(piece[1] in self.form.secure_parameters for piece in _PIECE.finditer(text)):
            self._say(path, MISPLACED)

    def _say(self, path: Path, message: str, *, at_key: bool = False) -> None:
        said = problem(self.places, path, message, at_key=at_key)
        if said not in self.problems:
            self.problems.append(said)


def _name(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name


def _type(value: Scalar) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number"}
    return kinds.get(type(value), "string")


def _kind(entry: SecureParameter) -> str:
    """Name the type of secret, which is also the name of its one field."""
    return "totp" if entry.amazon_secrets_manager.type == "totp_secret" else "value"


def _sites(steps: Any) -> Iterator[str]:
    """List the sites of the addresses that hold no placeholder."""
    for step in steps if isinstance(steps, list) else ():
        address = step.get("url") if isinstance(step, dict) else None
        if not isinstance(address, str) or "${" in address or _PIECE.search(address):
            continue
        try:
            site = str(Origin.parse(address))
            OriginRule.parse(site)
        except UsageError:
            continue
        yield site
