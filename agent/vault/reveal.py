"""Where values leave the vault: to a receiver the secret's owner allowed, after an audit row.

Only ``agent.vault`` itself, the hand that types (``agent.browser.keyboard``), the one that opens
mailboxes (``agent.login.mailbox``) and the sinks of the http, sftp and code steps may import this
module; import-linter holds it. A ``Secret`` is a handle; the values it stands for are kept here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from agent.errors import (
    FillRefused,
    OriginRefused,
    RunInterrupted,
    SecretError,
    SecretFrozen,
    SecretUnfit,
    TotpBusy,
)
from agent.vault.audit import Act, Entry
from agent.vault.lockout import Lockouts
from agent.vault.secret_type import Use
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.totp import code_at, parse_key
from agent.vault.totp_ledger import Terms, claim
from agent.vault.transactions import translated

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agent.vault.held import Held
    from agent.vault.origin import Origin
    from agent.vault.secret import Secret

CODE_FIELD: Final = "totp"
"""The field whose value is a key to make codes of, and is itself never typed."""
OUTSIDE_CODE: Final = "code"
"""What a code is called in marks and in the audit that a mail, a program or a person gave."""
_PERSON: Final = "person"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is about to get a value: the frame's origin first, then each ancestor's to the top.

    ``step`` says for the audit which step of the plan asks.
    """

    origins: tuple[Origin, ...]
    step: str


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code and its window in Unix seconds, which may lie in the future."""

    text: str = field(repr=False)
    opens_at: float
    closes_at: float


_held: WeakKeyDictionary[Secret, Held] = WeakKeyDictionary()
_lock = Lock()


def hold(secret: Secret, held: Held) -> None:
    """Keep the values of a handle until ``drop``, or until the handle is gone."""
    with _lock:
        _held[secret] = held


def drop(secret: Secret) -> None:
    """Forget the values of a handle."""
    with _lock:
        _held.pop(secret, None)


def reveal_to(secret: Secret, field: str, receiver: Receiver) -> str:
    """Give a value to a receiver whose every origin the secret allows; audited before.

    Raises ``OriginRefused`` (audited too), ``FillRefused`` for the TOTP key, which only becomes
    codes, ``SecretUnfit`` for a field the secret lacks, ``RunInterrupted`` when the run was lost to
    another worker, and ``SecretError`` when it is over or the audit row cannot be kept: then
    nothing is released.
    """
    held = _of(secret)
    asked = _entry(held, Act.REVEALED, field, receiver)
    _check_frozen(held, asked, receiver)
    if field == CODE_FIELD:
        held.trail.record(asked.refused("key"))
        raise FillRefused(
            f"{held.slot}: a TOTP key is never typed, only its codes",
            hint=f'use "field": "{CODE_FIELD}" in a fill step',
        )
    _check(held, asked, receiver, field)
    _check_field(held, asked, field)
    held.release(asked)
    held.let_out(field)
    return held.value(field)


def reveal_to_code(secret: Secret, field: str, step: str) -> str:
    """Give a value to the child process of a code step, which has no origin; audited before.

    Raises as ``reveal_to`` does, and ``SecretUnfit`` for a type that is not given to code.
    """
    held = _of(secret)
    receiver = Receiver((), step)
    asked = _entry(held, Act.REVEALED, field, receiver)
    _check_frozen(held, asked, receiver)
    if field == CODE_FIELD or Use.CODE not in SECRET_TYPES[held.card.type].uses:
        held.trail.record(asked.refused("code"))
        raise SecretUnfit(f"{held.slot}: {field} of a {held.card.type} secret is not given to code")
    _check_field(held, asked, field)
    held.release(replace(asked, reason="code"))
    held.let_out(field)
    return held.value(field)


def told(secret: Secret, field: str) -> str | None:
    """Give a field that is no secret, such as the name of a key; ``None`` where it is not set."""
    held = _of(secret)
    if field not in SECRET_TYPES[held.card.type].public:
        raise FillRefused(f"{held.slot}: {field} is a secret, which only a receiver gets")
    return held.values.get(field)


def derive(secret: Secret, field: str, value: str) -> None:
    """Keep for this run a value made of the secret's own: known to redactor and gate from now on.

    It may go where the secret's origins allow, through ``reveal_to``.
    """
    held = _of(secret)
    held.learn(f"{held.slot}.{field}", value)
    held.derived[field] = value


def claim_code(secret: Secret, receiver: Receiver, *, now: float) -> Code:
    """Make a one-time code from a counter no other run gets; ``now`` is in Unix seconds.

    Checks and audits as ``reveal_to`` does. The code is known to redactor and gate before it is
    returned. Raises ``TotpBusy`` when every code of the next minutes is taken, and ``ClockOff``
    where this machine's clock would make wrong ones.
    """
    held = _of(secret)
    asked = _entry(held, Act.CODE, CODE_FIELD, receiver)
    _check_frozen(held, asked, receiver)
    _check(held, asked, receiver, CODE_FIELD)
    _check_field(held, asked, CODE_FIELD)
    code = _next_code(held, asked, now, _terms_of(held))
    held.let_out(CODE_FIELD)
    return code


def pass_code(secret: Secret, code: str, receiver: Receiver) -> str:
    """Let a code that came from outside the vault go where the secret may go; audited before.

    Redactor and gate know it before anything is checked. Raises ``OriginRefused`` and
    ``SecretFrozen`` as ``reveal_to`` does.
    """
    held = _of(secret)
    held.learn(f"{held.slot}.{OUTSIDE_CODE}", code)
    asked = _entry(held, Act.CODE, OUTSIDE_CODE, receiver)
    _check_frozen(held, asked, receiver)
    _check(held, asked, receiver, OUTSIDE_CODE)
    held.release(asked)
    held.let_out(OUTSIDE_CODE)
    return code


def still_held(secret: Secret) -> None:
    """Make sure, without asking anybody, that what was released may still be used now.

    For the hand that is about to type it: between the two the process may have stood still. Raises
    ``RunInterrupted``.
    """
    _of(secret).fence.check()


def show_code(secret: Secret, *, now: float) -> Code:
    """Make the code a person at a terminal sees; no run ever types it, since it may be used.

    Asked again in the same window it is the same code. Audited before, as ``claim_code`` is;
    raises ``SecretUnfit`` for a secret without a key.
    """
    held = _of(secret)
    asked = _entry(held, Act.SHOWN, CODE_FIELD, Receiver((), "shown to a person"))
    _check_field(held, asked, CODE_FIELD)
    return _next_code(held, asked, now, Terms(reserved_by=_PERSON, repeats=True))


def _terms_of(held: Held) -> Terms:
    def checked(connection: Connection) -> None:
        held.fence.confirm(connection)
        held.fence.confirm_clock(connection)

    return Terms(reserved_by=held.trail.run_id, checked=checked)


def _next_code(held: Held, asked: Entry, now: float, terms: Terms) -> Code:
    held.fence.check()
    key = parse_key(held.values[CODE_FIELD])
    fingerprint = held.trail.ring.seed_fingerprint(key.identity())
    try:
        with translated():
            counter = claim(held.trail.engine, fingerprint, now=now, period=key.period, terms=terms)
    except (RunInterrupted, TotpBusy) as error:
        held.trail.record(asked.refused(error.code))
        raise
    held.release(asked)
    code = code_at(key, counter)
    held.learn(f"{held.slot}.{CODE_FIELD}", code)
    return Code(code, float(counter * key.period), float((counter + 1) * key.period))


def _of(secret: Secret) -> Held:
    with _lock:
        held = _held.get(secret)
    if held is None:
        raise SecretError(
            "the run this secret was opened for is over", hint="open the secret for a new run"
        )
    return held


def _check_frozen(held: Held, asked: Entry, receiver: Receiver) -> None:
    try:
        Lockouts(held.trail).check_at(held.card, receiver.origins)
    except SecretFrozen as error:
        held.trail.record(asked.refused(error.code))
        raise


def _check(held: Held, asked: Entry, receiver: Receiver, field: str) -> None:
    refused = [origin for origin in receiver.origins if not held.may_go(field, origin)]
    if refused or not receiver.origins:
        where = str(refused[0]) if refused else "a page without an origin"
        held.trail.record(asked.refused("origin", refused[0] if refused else None))
        raise OriginRefused(
            f"{held.slot} may not go to {where}: the secret is for "
            f"{', '.join(held.card.origins.texts())}",
            hint="check the address the page came from; if it is right, allow it for the secret",
        )


def _check_field(held: Held, asked: Entry, field: str) -> None:
    if field not in held.values and field not in held.derived:
        held.trail.record(asked.refused("field"))
        raise SecretUnfit(
            f"{held.slot} has no {field}: its secret holds {', '.join(held.card.fields)}",
            hint="runner secrets rotate adds a field",
        )


def _identifier(field: str) -> str:
    """Write the name of a field as the audit takes it: a path may hold any character."""
    plain = re.sub(r"[^A-Za-z0-9_.:-]", "-", field).lstrip("_.:-") or "field"
    return plain[:80]


def _entry(held: Held, act: Act, field: str, receiver: Receiver) -> Entry:
    return Entry(
        act,
        held.card.id,
        origin=receiver.origins[0] if receiver.origins else None,
        slot=held.slot,
        field=_identifier(field),
        step=receiver.step,
        version=held.card.version,
    )
