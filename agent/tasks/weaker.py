"""Which promises a task lets be weaker, where its browser runs on another machine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Weaker = Literal[
    "clear_text",
    "other_machine",
    "shared_browser",
    "switches",
    "sandbox",
    "guard",
    "recording",
    "downloads",
]


class TaskBrowser(BaseModel):
    """What a task says of the browser it is done in; a browser started here keeps every promise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_weaker: Annotated[
        tuple[Weaker, ...],
        Field(
            max_length=20,
            description="Promises that a browser on another machine need not keep, by name; "
            "without its name here or in the settings the run is refused.",
        ),
    ] = ()
