"""The commands of ``runner``; one file and one line each, with the line that help shows."""

import click

from agent.registry import Table

COMMANDS: Table[click.Command] = Table(
    "agent.cli.commands",
    {
        "run": "run:run",
        "resume": "resume:resume",
        "validate": "validate:validate",
        "explain": "explain:explain",
        "new": "new:new",
        "record": "record:record",
        "import": "import_:import_command",
        "deploy": "deploy:deploy",
        "deployments": "deployments:deployments",
        "secrets": "secrets:secrets",
        "vault": "vault:vault",
        "audit": "audit:audit",
        "runs": "runs:runs",
        "report": "report:report",
        "diff": "diff:diff",
        "show-trace": "show_trace:show_trace",
        "scan": "scan:scan",
        "scrub": "scrub:scrub",
        "serve": "serve:serve",
        "people": "people:people",
        "projects": "projects:projects",
        "doctor": "doctor:doctor",
        "fake-site": "fake_site:fake_site",
        "schema": "schema:schema",
        "help": "help:help_command",
    },
)

SUMMARIES = {
    "run": "Carry out a task, or many.",
    "resume": "Go on with a run that was interrupted.",
    "validate": "Check task files without running them.",
    "explain": "Say in plain words what a task will do.",
    "new": "Write a task to start from.",
    "record": "Make a task by doing the work yourself.",
    "import": "Make a task of another tool's recording.",
    "deploy": "Make a live deployment of a task.",
    "deployments": "Look at live deployments.",
    "secrets": "Store and look after secrets.",
    "vault": "Look after the vault: its keys, copies of it.",
    "audit": "Read and check who used which secret when.",
    "runs": "Look at past runs.",
    "report": "Write a run's report as one page.",
    "diff": "Say where two runs part.",
    "show-trace": "Open a run's trace in Playwright's viewer.",
    "scan": "Look for secrets in any file or folder.",
    "scrub": "Clean traces, HAR files, storage states and logs of other tools.",
    "serve": "Serve the REST API.",
    "people": "Say who may do what in the project.",
    "projects": "Keep secrets and people apart.",
    "doctor": "Check that this machine has what runs need.",
    "fake-site": "Serve a made-up site with every login shape the runner claims.",
    "schema": "Print the JSON Schema of task files.",
    "help": "Explain a command or a topic.",
}
