import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
from pathlib import Path
from agent.planner import check, read_task
check(read_task(Path(sys.argv[1])))
print(json.dumps([name for name in sys.modules]))
"""


def test_checking_a_task_loads_no_browser_no_database_and_no_cryptography() -> None:
    root = Path(__file__).parents[3]
    task = root / "tasks/checked-in-guests.json"
    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM, task], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    loaded = set(json.loads(printed))
    assert "pydantic" in loaded
    assert loaded.isdisjoint(
        {"playwright", "sqlalchemy", "cryptography", "tenacity", "agent.login"}
    )
