from __future__ import annotations

import asyncio

import pytest

from agent.errors import StepFailed
from agent.pytest_plugin.beside import carried_out


async def test_work_is_carried_out_where_a_loop_is_running_already() -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    with pytest.raises(RuntimeError, match="running event loop"):
        asyncio.run(never := work())
    never.close()
    assert carried_out(work()) == "done"


def test_its_error_is_the_callers() -> None:
    async def work() -> None:
        raise StepFailed("no")

    with pytest.raises(StepFailed, match="no"):
        carried_out(work())


def test_what_interrupts_the_caller_lets_the_work_close_what_it_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[str] = []
    joined: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("yes")

    def join(self: object) -> None:
        if not joined:
            joined.append("once")
            raise KeyboardInterrupt
        wait(self)  # type: ignore[arg-type] - of the same class

    from agent.pytest_plugin import beside  # noqa: PLC0415 - its own name is patched

    wait = beside._Beside.join
    monkeypatch.setattr(beside._Beside, "join", join)
    with pytest.raises(KeyboardInterrupt):
        carried_out(work())
    assert closed == ["yes"]
