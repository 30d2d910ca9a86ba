"""How a sign-in can end: a closed list, each with its sentence and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import LoginFailed

_QUOTE = 120


class Outcome(StrEnum):
    """Every way a sign-in can end; all but the first two are failures with exit code 6."""

    SIGNED_IN = "signed_in"
    ALREADY_SIGNED_IN = "already_signed_in"
    BAD_CREDENTIALS = "bad_credentials"
    MFA_REJECTED = "mfa_rejected"
    MFA_REQUIRED_BUT_NO_METHOD = "mfa_required_but_no_method"
    LOCKED = "locked"
    RATE_LIMITED = "rate_limited"
    CAPTCHA = "captcha"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - the name of an outcome
    ORIGIN_REFUSED = "origin_refused"
    NO_LOGIN_FORM = "no_login_form"
    SITE_ERROR = "site_error"
    SITE_UNREACHABLE = "site_unreachable"
    UNCERTAIN = "uncertain"
    TIMEOUT = "timeout"

    @property
    def succeeded(self) -> bool:
        """Tell whether the run is signed in now."""
        return self in (Outcome.SIGNED_IN, Outcome.ALREADY_SIGNED_IN)

    @property
    def exit_code(self) -> int:
        """Give the exit code of a run that ends with it."""
        return 0 if self.succeeded else LoginFailed.exit_code


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an outcome tells a person: one sentence, and the next thing to do."""

    message: str
    hint: str = ""


MEANINGS: dict[Outcome, Meaning] = {
    Outcome.SIGNED_IN: Meaning("The site let the run in."),
    Outcome.ALREADY_SIGNED_IN: Meaning("The site was signed in before anything was typed."),
    Outcome.BAD_CREDENTIALS: Meaning(
        "The site rejected the username or the password.",
        "it was tried once and will not be tried again; check the secret and replace it with "
        "`runner secrets rotate`",
    ),
    Outcome.MFA_REJECTED: Meaning(
        "The site rejected the one-time code.",
        "check this machine's clock and that the secret holds the TOTP key of this account",
    ),
    Outcome.MFA_REQUIRED_BUT_NO_METHOD: Meaning(
        "The site asks for a second factor and the secret has no way to answer it.",
        "add the account's TOTP key with `runner secrets rotate`, or another method: docs/login.md",
    ),
    Outcome.LOCKED: Meaning(
        "The site has locked the account.",
        "unlock the account before running again; the password is not tried meanwhile",
    ),
    Outcome.RATE_LIMITED: Meaning(
        "The site refuses more tries for now.",
        "wait as long as the site says before running again",
    ),
    Outcome.CAPTCHA: Meaning(
        "The site asks for a captcha, which is not answered.",
        "ask the site's owner to allow this account or address, or sign in by hand once",
    ),
    Outcome.PASSWORD_EXPIRED: Meaning(
        "The site wants a new password before it lets anyone in; none is chosen for you.",
        "sign in by hand, choose one, and keep it with `runner secrets rotate`",
    ),
    Outcome.NO_LOGIN_FORM: Meaning(
        "The page has no login form that could be recognised.",
        "check the step's url; run with --headed --pause-on-failure to see the page",
    ),
    Outcome.ORIGIN_REFUSED: Meaning(
        "The login form is on a page the secret may not be typed into.",
        "if this page is right, add its origin to the secret; that asks for the value again; if "
        'another provider\'s button is, name it in the step: "via"',
    ),
    Outcome.SITE_ERROR: Meaning(
        "The site answered with an error of its own.", "try again when the site works"
    ),
    Outcome.SITE_UNREACHABLE: Meaning(
        "The site did not answer.", "check the address and the network"
    ),
    Outcome.UNCERTAIN: Meaning(
        "It could not be shown that the site let the run in.",
        "see the last picture and the trace; the password is not sent a second time",
    ),
    Outcome.TIMEOUT: Meaning(
        "The site did not finish the sign-in in time.", "raise the step's timeout"
    ),
}


def login_failed(
    outcome: Outcome, said: str = "", *, detail: str = "", hint: str = ""
) -> LoginFailed:
    """Make the error of a failed outcome; ``said`` is the site's own text, already redacted.

    ``hint`` is what to do where that is known better than from the outcome alone.
    """
    meaning = MEANINGS[outcome]
    parts = [meaning.message]
    if detail:
        parts.append(detail)
    if said:
        quoted = said if len(said) <= _QUOTE else said[: _QUOTE - 1] + "…"
        parts.append(f"It said: “{quoted}”")
    return LoginFailed(" ".join(parts), outcome=outcome.value, hint=hint or meaning.hint)
