"""The resources of the API; one file and one line each."""

from fastapi import APIRouter

from agent.registry import Table

RESOURCES: Table[APIRouter] = Table(
    "agent.api.resources",
    {
        "session": "session:router",
        "people": "people:router",
        "tokens": "tokens:router",
        "tasks": "tasks:router",
        "deployments": "deployments:router",
        "runs": "runs:router",
        "left": "left:router",
        "takeover": "takeover:router",
        "schedules": "schedules:router",
        "webhooks": "webhooks:router",
        "limits": "limits:router",
        "workers": "workers:router",
        "secrets": "secrets:router",
        "secret acts": "secret_acts:router",
        "audit": "audit:router",
        "kinds": "kinds:router",
    },
)
