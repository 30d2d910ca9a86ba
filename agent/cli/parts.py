"""The parts of the program that the command line uses, each imported when first needed.

``runner --help`` must answer at once, and Playwright, pydantic and SQLAlchemy take their time.
"""

from __future__ import annotations

from typing import Any

from agent.errors import EnvironmentUnfit
from agent.registry import Table

PARTS: Table[Any] = Table(
    "agent",
    {
        "harden": "browser.environment:harden_process",
        "settings": "settings:Settings",
        "build": "wiring:build",
        "asking": "wiring.keys:Asking",
        "database": "wiring.database:open_database",
        "said_by": "vault.transactions:said_by",
        "look_at": "wiring.standing:look_at",
        "move": "wiring.moving:Move",
        "refuse_password": "wiring.moving:refuse_password",
        "address": "runs.address:Address",
        "open_crew": "wiring.working:open_crew",
        "log": "telemetry.log:Log",
        "hear": "telemetry.libraries:hear",
        "pulse": "telemetry.pulse:Pulse",
        "end_with": "executors.parent:end_with",
        "order": "runner.orders:Order",
        "new_schedule": "runner.schedules:NewSchedule",
        "limit": "runs.limit_store:Limit",
        "reach": "runs.whereabouts:Reach",
        "new_webhook": "runner.webhooks:NewWebhook",
        "make_passphrase": "vault.strength:make_passphrase",
        "seal": "vault.exchange:Seal",
        "secret_types": "vault.secret_types:SECRET_TYPES",
        "read_key": "vault.totp_entry:read_key",
        "read_export": "vault.otp_migration:read_export",
        "read_picture": "vault.qr:read_picture",
        "json_schema": "planner:json_schema",
        "read_task": "planner:read_task",
        "import_file": "planner.importing:import_file",
        "record": "runner.recording:record",
        "studio": "runner.recording:Studio",
        "listener": "runner.recording:Listener",
        "explain": "planner:explain",
        "origin": "vault.origin:Origin",
        "line_of": "planner.standing:line_of",
        "looks_like_value": "cli.misspelt:looks_like_value",
        "report": "runs.report:Report",
        "options": "runs.options:RunOptions",
        "proof": "runner.house:Proof",
        "wish": "runner.deploying:Wish",
        "source": "vault.sourcing.contents:Source",
        "new_secret": "vault.new_secret:NewSecret",
        "origin_policy": "vault.origin:OriginPolicy",
        "role": "vault.policy:Role",
        "sought_in_file": "vault.sought:sought_in_file",
        "folder_scan": "artifacts.folder_scan:FolderScan",
        "scrub": "artifacts.scrubbing:scrub",
        "private_folders": "browser.folder:PrivateFolder",
        "sweep": "browser.folder:sweep_abandoned",
        "diff_page": "artifacts.diff_page:diff_page",
        "rule": "runs.retention:Rule",
        "seconds_of": "runs.retention:seconds_of",
        "limits": "artifacts.scanning:Limits",
        # The server has packages of its own; the command line knows it by this line alone.
        "premises": "wiring.premises:open_premises",
        "serve": "api.serving:serve",
        "server_options": "api.options:ServerOptions",
        "openapi": "api.app:openapi_document",
    },
)


def server_missing(error: ModuleNotFoundError) -> EnvironmentUnfit:
    """Make the refusal of what needs the server's packages where they are not installed."""
    return EnvironmentUnfit(
        f"the server needs the package {error.name}, which is not installed",
        hint='pip install "slotrunner[server]"',
    )
