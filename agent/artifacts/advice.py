"""Why a run failed, and what to try next, from what its report and its recording say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MOST: Final = 6
_FAULT: Final = 500
_REFUSED: Final = 400
_OF_CODE: Final[Mapping[str, Sequence[str]]] = {
    "step_failed": (
        "look at the picture after the step: does the page show what the step looks for?",
        "compare with a run that passed: runner diff RUN …",
        "watch it: --headed --pause-on-failure keeps the page of the failed step open",
    ),
    "site_unreachable": ("check the address and the network, then run it again",),
    "timeout": (
        "look at which step took long, and give it or the run more time (timeout, --timeout)",
        "open the trace: its log says what was waited for",
    ),
    "origin_refused": (
        "the page asked for a secret outside its origins: see whose origin it is before you add it",
    ),
    "fill_refused": (
        "look at the picture: is the field the one that is meant, and is it visible?",
    ),
    "interrupted": (
        "it may have acted at the site already: look there first",
        "go on from its last checkpoint: runner resume RUN",
    ),
    "artifact_withheld": (
        "what was to be done is done; one recording could not be shown to be clean",
        "the note beside the report names the rule and the place; the other artifacts were kept",
    ),
    "login_failed": ("read what was seen and decided in the sign-in step below",),
    "secret_frozen": ("set the right password, then runner secrets unfreeze SECRET",),
}


def what_to_try(report: Mapping[str, Any]) -> list[str]:
    """List what to try, the surest first: the error's own hint, then what fits its kind."""
    error = report.get("error") or {}
    code = str(error.get("code", ""))
    hint = str(error.get("hint") or "").strip()
    found = [hint] if hint else []
    found += _from_recording(report)
    run = str(report.get("run_id") or "RUN")
    found += [line.replace("RUN", run, 1) for line in _OF_CODE.get(code, ())]
    return list(dict.fromkeys(found))[:_MOST]


def failed_step(report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the step that failed: the innermost where one is inside another."""
    failed = [step for step in report.get("steps") or () if step.get("status") == "failed"]
    return failed[-1] if failed else None


def _from_recording(report: Mapping[str, Any]) -> Iterator[str]:
    """Say what went wrong at the site while the failed step was under way."""
    step = failed_step(report)
    recorded = report.get("recorded") or {}
    if step is None:
        return
    title = step.get("title")
    during = [one for one in recorded.get("requests") or () if one.get("step") == title]
    faults = [one for one in during if int(one.get("status") or 0) >= _FAULT]
    lost = [one for one in during if one.get("failure")]
    refused = [one for one in during if _REFUSED <= int(one.get("status") or 0) < _FAULT]
    for found, words in (
        (faults, "the site answered with an error of its own"),
        (lost, "a request got no answer"),
        (refused, "the site refused a request"),
    ):
        if found:
            one = found[0]
            said = one.get("failure") or one.get("status")
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield f"{words} during this step: {one.get('method')} {one.get('url')} ({said}){more}"
    lines = [one for one in recorded.get("console") or () if one.get("step") == title]
    errors = [one for one in lines if one.get("level") == "page error"]
    if errors:
        yield f"the page's own script failed during this step: {errors[0].get('text')}"
