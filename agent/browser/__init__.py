"""One browser per run, the guard around it, and the hand that types.

Import the module you need: ``agent.browser.session`` imports Playwright, ``find`` and ``folder`` do
not, and start-up pays for what a command uses.
"""
