"""What a report says of a test, without a value: tracebacks, locals, captured output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pytest

    from agent.vault.open import RunSecrets

NOTE = ".withheld.json"


def mask(report: pytest.TestReport, secrets: RunSecrets | None) -> None:
    """Put marks in place of every value that is known; a report without one stays as it is."""
    if secrets is None:
        return
    redact = secrets.redactor.redact_text
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, redact(reason))
    elif report.longrepr is not None and redact(report.longreprtext) != report.longreprtext:
        report.longrepr = _masked(report.longrepr, redact)
        text = report.longreprtext
        if redact(text) != text:
            # A value that lies over several parts: the text as a whole takes their place.
            report.longrepr = redact(text)
    report.sections = [(name, redact(content)) for name, content in report.sections]
    report.user_properties = [
        (name, redact(value) if isinstance(value, str) else value)
        for name, value in report.user_properties
    ]


def _masked(part: Any, redact: Callable[[str], str]) -> Any:
    """Mask every text in what pytest makes of a traceback, where it stands."""
    if isinstance(part, str):
        return redact(part)
    if isinstance(part, (list, tuple)):
        return type(part)(_masked(one, redact) for one in part)
    if type(part).__module__.startswith("_pytest."):
        for name, value in vars(part).items():
            setattr(part, name, _masked(value, redact))
    return part


def summary(stats: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Count the recordings that the reports name."""
    named = [
        str(value)
        for reports in stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name.startswith("runner_recording")
    ]
    if not named:
        return
    withheld = sum(path.endswith(NOTE) for path in named)
    yield f"slotrunner: {len(named) - withheld} recordings cleaned, {withheld} withheld"
