"""What a plan can do: one file and one line for each kind of step."""

from agent.registry import Table
from agent.steps.context import StepContext, StepResult
from agent.steps.step import SlotUse, Step

STEPS: Table[type[Step]] = Table(
    "agent.steps",
    {
        "goto": "goto:Goto",
        "sign_in": "sign_in:SignIn",
        "sign_out": "sign_out:SignOut",
        "click": "click:Click",
        "dblclick": "dblclick:Dblclick",
        "hover": "hover:Hover",
        "fill": "fill:Fill",
        "press": "press:Press",
        "check": "check:Check",
        "uncheck": "uncheck:Uncheck",
        "select_option": "select_option:SelectOption",
        "upload": "upload:Upload",
        "download": "download:Download",
        "drag": "drag:Drag",
        "scroll": "scroll:Scroll",
        "dialog": "dialog:Dialog",
        "switch_page": "switch_page:SwitchPage",
        "close_page": "close_page:ClosePage",
        "wait_for": "wait_for:WaitFor",
        "expect": "expect:Expect",
        "extract": "extract:Extract",
        "evaluate": "evaluate:Evaluate",
        "screenshot": "screenshot:Screenshot",
        "if": "if_:If",
        "for_each": "for_each:ForEach",
        "repeat_until": "repeat_until:RepeatUntil",
        "include": "include:Include",
        "set": "set:Set",
        "pause": "pause:Pause",
        "http": "http:Http",
        "sftp": "sftp:Sftp",
        "code": "code:Code",
    },
)

__all__ = ["STEPS", "SlotUse", "Step", "StepContext", "StepResult"]
