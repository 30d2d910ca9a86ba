"""What can be wrong with a browser on another machine; none of it quotes the endpoint."""

from __future__ import annotations

from agent.errors import BrowserMissing, EnvironmentUnfit


class BrowserAway(BrowserMissing):
    """The endpoint does not answer, or what answers is no browser this runner can use."""

    code = "browser_away"


class BrowserWeaker(EnvironmentUnfit):
    """A promise cannot be kept, or not be checked, with this browser, and nobody allowed that."""

    code = "browser_weaker"


class BrowserLost(EnvironmentUnfit):
    """The connection to the browser ended while the run went on."""

    code = "browser_lost"
