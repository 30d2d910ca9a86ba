"""Not being let in by the server's door; each is an error of the tree in ``agent.errors``."""

from __future__ import annotations

from agent.errors import NotAllowed, SecretError


class StepUpWanted(NotAllowed):
    """The one who asks must enter the password again first."""

    code = "step_up_wanted"


class SignInRefused(SecretError):
    """Name, password, code, link or token let nobody in; which of them is not said."""

    code = "sign_in_refused"


class CodeWanted(SignInRefused):
    """The password is right and a one-time code is missing."""

    code = "code_wanted"


class TooManyTries(SignInRefused):
    """Too many were refused; ``seconds`` says how long to wait."""

    code = "too_many_tries"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many tries: wait {seconds:.0f} s")
        self.seconds = seconds
