"""The secrets of one run: bound handles, and the two matchers that know their values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.errors import SecretError, SlotUnbound
from agent.vault.fence import OPEN
from agent.vault.held import Held
from agent.vault.needles import Needles
from agent.vault.redactor import Redactor
from agent.vault.reveal import CODE_FIELD, drop, hold
from agent.vault.secret import Secret
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.totp import parse_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from agent.vault.audit import Trail
    from agent.vault.fence import Fence
    from agent.vault.secret import SecretCard
    from agent.vault.secret_type import SecretType

_NOT_IN_MARKS: Final = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True)
class Bound:
    """One opened secret in its slot, and where its uses are recorded."""

    slot: str
    card: SecretCard
    trail: Trail = field(repr=False)
    values: Mapping[str, str] = field(repr=False)


class RunSecrets:
    """Slot → ``Secret`` while a run lasts; a context manager that forgets every value at its end.

    After ``close`` nothing can be revealed, and the matchers are refused rather than empty: a
    redactor that knows nothing would let everything through. ``fence`` is asked before a value
    goes anywhere; ``spent`` counts passwords and codes that went out.
    """

    def __init__(self, bound: Iterable[Bound], fence: Fence = OPEN) -> None:
        self.fence = fence
        self._redactor: Redactor | None = Redactor()
        self._needles: Needles | None = Needles()
        self._secrets: dict[str, Secret] = {}
        self.spent = 0
        for one in bound:
            secret = Secret(one.card, one.slot)
            held = Held(one.card, one.slot, one.trail, self.learn, one.values, self._spend, fence)
            hold(secret, held)
            self._secrets[one.slot] = secret
            kind = SECRET_TYPES[one.card.type]
            for name, value in one.values.items():
                for form in _forms(kind, name, value):
                    self.learn(f"{one.slot}.{_plain(name)}", form)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __getitem__(self, slot: str) -> Secret:
        if slot not in self._secrets:
            raise SlotUnbound(
                f"no secret is bound to the slot {slot}", hint=f"--bind {slot}=<name or id>"
            )
        return self._secrets[slot]

    def slots(self) -> tuple[str, ...]:
        """Name the bound slots."""
        return tuple(self._secrets)

    @property
    def redactor(self) -> Redactor:
        """The matcher that replaces values. Raises ``SecretError`` after ``close``."""
        if self._redactor is None:
            raise _over()
        return self._redactor

    @property
    def needles(self) -> Needles:
        """The gate's own matcher. Raises ``SecretError`` after ``close``."""
        if self._needles is None:
            raise _over()
        return self._needles

    def _spend(self) -> None:
        self.spent += 1

    def learn(self, label: str, value: str) -> None:
        """Tell both matchers a value that came up in the run: a code, a session token."""
        self.redactor.add(label, value)
        self.needles.add(label, value)

    def close(self) -> None:
        """Forget all values; safe to call twice."""
        for secret in self._secrets.values():
            drop(secret)
        self._redactor = None
        self._needles = None


def _plain(name: str) -> str:
    """Write the name of a field as a mark can hold it in any text: a path may have any letters."""
    return _NOT_IN_MARKS.sub("-", name)


def _forms(kind: type[SecretType], name: str, value: str) -> tuple[str, ...]:
    """Give the forms a value is known in; a TOTP key is written in several."""
    if name != CODE_FIELD:
        return kind.spellings(name, value)
    base32 = value.partition("secret=")[2].partition("&")[0]
    groups = [base32[start : start + 4] for start in range(0, len(base32), 4)]
    spaced, dashed = " ".join(groups), "-".join(groups)
    written = (value, base32, spaced, dashed)
    seed = parse_key(value).seed
    return (*written, *(form.lower() for form in written[1:]), seed.hex())


def _over() -> SecretError:
    return SecretError(
        "the run is over: its values are gone", hint="clean what it left before closing it"
    )
