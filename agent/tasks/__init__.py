"""Read a task file and bind its slots: ``Task`` → ``BoundTask``."""

from agent.tasks.binding import BoundTask, bind
from agent.tasks.input import Input
from agent.tasks.inputs import Scalar
from agent.tasks.reading import load_task, load_text
from agent.tasks.slot import Slot
from agent.tasks.task import Task

__all__ = ["BoundTask", "Input", "Scalar", "Slot", "Task", "bind", "load_task", "load_text"]
