"""The yardstick: the login of the fake hotel as a person would script it, tracing on.

``python -m benchmarks.by_hand`` reads one JSON object (origin, username, password, totp, browser,
out) from standard input and signs in once.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass

import pyotp
from playwright.async_api import async_playwright


@dataclass(frozen=True, slots=True)
class Job:
    """Everything the script knows; the values are those of a made-up account.

    Without ``out`` nothing is traced.
    """

    origin: str
    username: str
    password: str
    totp: str
    browser: str
    out: str


async def sign_in_by_hand(job: Job) -> None:
    """Sign in with hard-coded selectors and leave ``trace.zip`` in ``job.out``."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=job.browser)
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        if job.out:
            await context.tracing.start(screenshots=True, snapshots=True)
        page = await context.new_page()
        await page.goto(f"{job.origin}/login")
        await page.get_by_label("Username").fill(job.username)
        await page.get_by_label("Password").fill(job.password)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("code").fill(pyotp.TOTP(job.totp).now())
        await page.get_by_role("button", name="Verify").click()
        await page.get_by_role("link", name="Guests").wait_for()
        if job.out:
            await context.tracing.stop(path=f"{job.out}/trace.zip")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(sign_in_by_hand(Job(**json.load(sys.stdin))))
