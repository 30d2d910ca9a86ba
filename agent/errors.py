"""Every error a user can meet.

::

    RunnerError                        exit
    ├── StepFailed                       1   a step or an expectation failed
    │   └── SiteUnreachable              1
    ├── UsageError                       2   the command was called wrongly
    │   ├── TaskInvalid                  2   the task file is wrong; says where
    │   ├── NotFound                     2   there is no such thing in this project
    │   └── Conflict                     2   the idempotency key belongs to another order
    ├── EnvironmentUnfit                 3   this machine lacks something
    │   ├── BrowserMissing               3
    │   ├── DisplayMissing               3
    │   ├── Browser…                     3   elsewhere: agent.browser.remote.refusals
    │   └── StoreFailed                  3   what keeps artifacts is away
    ├── SecretError                      4   a secret is missing, denied or unbound
    │   ├── SecretMissing                4
    │   ├── SlotUnbound                  4
    │   ├── SecretUnfit                  4   wrong type, or lacks a field the slot needs
    │   ├── OriginRefused                4   the receiving page is not on the secret's list
    │   ├── FillRefused                  4   the receiving field is not one to type a secret into
    │   ├── SecretFrozen                 4   its password was rejected, or it is compromised
    │   ├── NotAllowed                   4   the one who asks may not do that
    │   ├── SignInRefused                4   nobody is let in: agent.vault.access.refusals
    │   ├── SourceFailed                 4   what keeps a secret's values did not give them
    │   │   ├── SourceMissing            4   nothing is there under the reference
    │   │   ├── SourceDenied             4   it did not let us in, or is locked
    │   │   ├── SourceBusy               4   it went on asking for patience
    │   │   ├── SourceMalformed          4   what is there is not what the secret is made of
    │   │   └── SourceUnavailable        4   it does not answer, or its program is not installed
    │   ├── DatabaseAway                 4   its server does not answer: agent.vault.transactions
    │   ├── MailboxFailed                4   the mailbox codes are sent to could not be read
    │   ├── VaultLocked                  4   no key, or the key's source does not answer
    │   ├── WrongKey                     4   the key belongs to another vault
    │   └── VaultDamaged                 4   a stored byte is not what was written
    │       └── VaultRolledBack          4   an older state of the vault was put in its place
    ├── RunTimeout                       5
    │   ├── TotpBusy                     5   no unused code within the longest wait
    │   └── SecretBusy                   5   another run goes on trying its password out
    ├── LoginFailed                      6   carries the outcome
    ├── ArtifactWithheld                 7
    └── RunInterrupted                 130

An error says what is wrong, where, and what to do; it quotes no secret, nor what others said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class RunnerError(Exception):
    """The root: one clear line for people, a stable ``code`` for scripts, an exit code."""

    code: ClassVar[str] = "runner_error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class StepFailed(RunnerError):
    """A step did not do what the task asked, or an expectation did not hold."""

    code = "step_failed"


class SiteUnreachable(StepFailed):
    """The site did not answer at all."""

    code = "site_unreachable"


class UsageError(RunnerError):
    """The command was called with something it cannot use."""

    code = "usage"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a task file: ``path`` is like ``steps[1].target.lable``; 1-based place."""

    path: str
    message: str
    line: int = 0
    column: int = 0


class TaskInvalid(UsageError):
    """The task file cannot be used; ``problems`` names each place."""

    code = "task_invalid"

    def __init__(self, source: str, problems: tuple[Problem, ...], *, hint: str = "") -> None:
        lines = (f"{source}:{p.line}:{p.column}: {p.path}: {p.message}" for p in problems)
        super().__init__("\n".join(lines), hint=hint)
        self.source = source
        self.problems = problems


class NotFound(UsageError):
    """There is no such thing in the project of the one who asks."""

    code = "not_found"


class Conflict(UsageError):
    """Another order was placed with the same idempotency key."""

    code = "idempotency"


class EnvironmentUnfit(RunnerError):
    """This machine lacks something a run needs."""

    code = "environment"
    exit_code = 3


class BrowserMissing(EnvironmentUnfit):
    """No browser was found, or the one found does not start."""

    code = "browser_missing"


class DisplayMissing(EnvironmentUnfit):
    """A headed browser was asked for where there is no display."""

    code = "display_missing"


class StoreFailed(EnvironmentUnfit):
    """What keeps artifacts did not do what was asked: away, full, or it did not let us in."""

    code = "artifact_store"


class SecretError(RunnerError):
    """A secret cannot be used here."""

    code = "secret_denied"
    exit_code = 4


class SecretMissing(SecretError):
    """No secret has this id or name."""

    code = "secret_missing"


class SlotUnbound(SecretError):
    """A slot of the task has no secret bound to it."""

    code = "slot_unbound"


class SecretUnfit(SecretError):
    """The bound secret is of another type, or lacks a field the slot needs."""

    code = "secret_unfit"


class OriginRefused(SecretError):
    """The receiving page, or a page around it, is not on the secret's origin list."""

    code = "origin_refused"


class FillRefused(SecretError):
    """The receiving field is hidden, changed, or of a kind that must not get this value."""

    code = "fill_refused"


class SecretFrozen(SecretError):
    """A site rejected the secret's password, or it is compromised: it is not used until mended."""

    code = "secret_frozen"


class NotAllowed(SecretError):
    """The one who asks may not do that, or not without confirming it."""

    code = "not_allowed"


class SourceFailed(SecretError):
    """What keeps a secret's values did not give them."""

    code = "source_failed"


class SourceMissing(SourceFailed):
    """Nothing is there under the reference: no such secret, key, variable or file."""

    code = "source_missing"


class SourceDenied(SourceFailed):
    """The source did not let us in: no credentials, no permission, or it is locked."""

    code = "source_denied"


class SourceBusy(SourceFailed):
    """The source went on asking for patience after every attempt."""

    code = "source_busy"


class SourceMalformed(SourceFailed):
    """What is there is not what the reference or the type of secret says."""

    code = "source_malformed"


class SourceUnavailable(SourceFailed):
    """The source does not answer, or the program or package that asks it is not installed."""

    code = "source_unavailable"


class MailboxFailed(SecretError):
    """The mailbox that codes are sent to could not be opened or read."""

    code = "mailbox_failed"


class VaultLocked(SecretError):
    """The vault has no usable key: it is absent, unreadable, or its source does not answer."""

    code = "vault_locked"


class WrongKey(SecretError):
    """The key is well formed and belongs to another vault."""

    code = "wrong_key"


class VaultDamaged(SecretError):
    """A stored byte is not what was written, or a row was moved."""

    code = "vault_damaged"


class VaultRolledBack(VaultDamaged):
    """Everything may be as it was written once, but it is not the newest that was written."""

    code = "vault_rolled_back"


class RunTimeout(RunnerError):
    """The run took longer than it may."""

    code = "timeout"
    exit_code = 5


class TotpBusy(RunTimeout):
    """Other runs hold all one-time codes of this secret for longer than the longest wait."""

    code = "totp_busy"


class SecretBusy(RunTimeout):
    """Another run is signing in with this secret, and one at a time tries a password out."""

    code = "secret_busy"


class LoginFailed(RunnerError):
    """The site did not let the run in; ``outcome`` is one of ``agent.login.outcome``."""

    code = "login_failed"
    exit_code = 6

    def __init__(self, message: str, *, outcome: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.outcome = outcome


class ArtifactWithheld(RunnerError):
    """Something a run would have left could not be shown to be clean."""

    code = "artifact_withheld"
    exit_code = 7


class RunInterrupted(RunnerError):
    """The run was stopped from outside; it may have had side effects."""

    code = "interrupted"
    exit_code = 130
