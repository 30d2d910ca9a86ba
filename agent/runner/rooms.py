"""The use cases that stand on the house alone, each by the name the doors call it by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from agent.runner.codes import Codes
from agent.runner.deploying import Deploying
from agent.runner.events import Happening
from agent.runner.figures import Figures
from agent.runner.keeping import Keeping
from agent.runner.kept import Kept
from agent.runner.lending import Lending
from agent.runner.limits import Limiting
from agent.runner.looking import Looking
from agent.runner.orders import Orders
from agent.runner.resuming import Resuming
from agent.runner.safety import Safety
from agent.runner.schedules import Scheduling
from agent.runner.sourcing import Sourcing
from agent.runner.taking_over import TakingOver
from agent.runner.tasks import TaskKeeping
from agent.runner.webhooks import Hooks

if TYPE_CHECKING:
    from agent.runner.house import House


class Rooms(ABC):
    """The rooms of a house."""

    __slots__ = ()

    @property
    @abstractmethod
    def house(self) -> House:
        """What the use cases stand on."""

    @property
    def figures(self) -> Figures:
        """Figures of the runs."""
        return Figures(self.house)

    @property
    def keeping(self) -> Keeping:
        """Showing a secret, changing its origins, taking it away."""
        return Keeping(self.house)

    @property
    def deploying(self) -> Deploying:
        """Live deployments."""
        return Deploying(self.house)

    @property
    def looking(self) -> Looking:
        """Looking for secrets in files that no run left."""
        return Looking(self.house)

    @property
    def lending(self) -> Lending:
        """Secrets and sessions for programs with a browser of their own."""
        return Lending(self.house)

    @property
    def sourcing(self) -> Sourcing:
        """Secrets whose values are kept elsewhere."""
        return Sourcing(self.house)

    @property
    def codes(self) -> Codes:
        """One-time codes for runs that wait for one."""
        return Codes(self.house)

    @property
    def safety(self) -> Safety:
        """Usage, lockouts, and compromised secrets."""
        return Safety(self.house)

    @property
    def kept(self) -> Kept:
        """Kept sessions."""
        return Kept(self.house)

    @property
    def resuming(self) -> Resuming:
        """Going on with runs that were interrupted."""
        return Resuming(self.house)

    @property
    def tasks(self) -> TaskKeeping:
        """Stored tasks and their versions."""
        return TaskKeeping(self.house)

    @property
    def orders(self) -> Orders:
        """Runs that wait for a worker, and what became of runs."""
        return Orders(self.house)

    @property
    def taking_over(self) -> TakingOver:
        """Doing in a run's page what only a person can do."""
        return TakingOver(self.house)

    @property
    def events(self) -> Happening:
        """What happens in a run, while it happens."""
        return Happening(self.house)

    @property
    def schedules(self) -> Scheduling:
        """Runs that are started again and again."""
        return Scheduling(self.house)

    @property
    def limits(self) -> Limiting:
        """How much sites are asked."""
        return Limiting(self.house)

    @property
    def webhooks(self) -> Hooks:
        """Addresses that are told of ends of runs."""
        return Hooks(self.house)
