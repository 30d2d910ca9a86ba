"""The handle by which a test types a secret that it cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from agent.errors import RunnerError, UsageError

if TYPE_CHECKING:
    from agent.pytest_plugin.suite import Suite


class SecretSlot:
    """A slot and the secret bound to it: it can be typed into a page, and nothing else."""

    __slots__ = ("_name", "_slot", "_suite")

    def __init__(self, suite: Suite, slot: str, name: str) -> None:
        self._suite = suite
        self._slot = slot
        self._name = name

    def __repr__(self) -> str:
        return f"SecretSlot({self._slot}: ***)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a SecretSlot is not pickled")

    def fill(self, locator: Any, field: str | None = None) -> None:
        """Type a field into the one element of ``locator``, which is of the synchronous API.

        ``field`` may be left out for a secret that has but one; ``totp`` types a one-time code.
        The page, every frame around the field and the target of its form must be on the secret's
        list. Raises ``OriginRefused``, ``FillRefused``, ``SecretUnfit``.
        """
        __tracebackhide__ = True
        try:
            self._fill(locator, field)
        except RunnerError as error:
            refused = error.with_traceback(None)
        else:
            return
        refused.__context__ = None
        raise refused

    def _fill(self, locator: Any, field: str | None) -> None:
        suite = self._suite
        secrets = suite.known({self._slot: self._name})
        secret = secrets[suite.label(self._slot, self._name)]
        if field is None and len(secret.card.fields) != 1:
            raise UsageError(
                f"{self._slot}: which field? It has {', '.join(secret.card.fields)}",
                hint='secret_slot("SLOT").fill(locator, "password")',
            )
        suite.runner.lending.fill(locator, secret, field or secret.card.fields[0], secrets)
