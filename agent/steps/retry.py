"""How often a step is tried, and when again."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator

from agent.errors import StepFailed
from agent.tasks.placeholders import did_you_mean


def outcomes(kind: type[StepFailed] = StepFailed) -> frozenset[str]:
    """List the outcomes of a step that may be tried again: it failed, and nothing was refused."""
    return frozenset({kind.code}).union(*(outcomes(one) for one in kind.__subclasses__()))


class Retry(BaseModel):
    """Try a step again when it failed; never one that would use a password again.

    The first pause is ``wait`` seconds long, each further one ``factor`` times as long as the one
    before, and none more than ``longest``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: Annotated[
        int, Strict(), Field(ge=2, le=20, description="How often in all, the first time included.")
    ] = 3
    wait: Annotated[
        float, Strict(), Field(ge=0, le=600, description="Seconds before the second attempt.")
    ] = 1.0
    factor: Annotated[
        float, Strict(), Field(ge=1, le=10, description="How much longer each pause is.")
    ] = 2.0
    longest: Annotated[
        float, Strict(), Field(gt=0, le=600, description="The longest pause, in seconds.")
    ] = 60.0
    on: Annotated[
        tuple[str, ...],
        Field(
            min_length=1,
            max_length=20,
            description="On which outcomes; by default on every failure of the step itself.",
        ),
    ] = ("step_failed", "site_unreachable")

    @field_validator("on")
    @classmethod
    def _may_be_tried_again(cls, written: tuple[str, ...]) -> tuple[str, ...]:
        for word in written:
            if word not in outcomes():
                guess = did_you_mean(word, outcomes())
                raise ValueError(f"a step is not tried again on this outcome{guess}")
        return written
