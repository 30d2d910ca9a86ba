"""What a plan can do: one file and one line for each kind of step."""

from agent.registry import Table
from agent.steps.context import StepContext, StepResult
from agent.steps.step import SlotUse, Step

STEPS: Table[type[Step]] = Table(
    "agent.steps",
    {
        "goto": "goto:Goto",
        "sign_in": "sign_in:SignIn",
        "click": "click:Click",
        "fill": "fill:Fill",
        "press": "press:Press",
        "select_option": "select_option:SelectOption",
        "wait_for": "wait_for:WaitFor",
        "expect": "expect:Expect",
        "extract": "extract:Extract",
        "screenshot": "screenshot:Screenshot",
    },
)

__all__ = ["STEPS", "SlotUse", "Step", "StepContext", "StepResult"]
