"""The pages: one file each, one line here."""

from __future__ import annotations

from fastapi import APIRouter

from agent.registry import Table

PAGES: Table[APIRouter] = Table(
    "agent.api.dashboard.pages",
    {
        "entering": "entering:router",
        "account": "account:router",
        "secrets": "secrets:router",
        "secret": "secret:router",
        "origins": "origins:router",
        "tasks": "tasks:router",
        "task": "task:router",
        "deploy": "deploy:router",
        "runs": "runs:router",
        "run": "run:router",
        "takeover": "takeover:router",
        "figures": "figures:router",
        "schedules": "schedules:router",
        "webhooks": "webhooks:router",
        "audit": "audit:router",
        "people": "people:router",
    },
)
