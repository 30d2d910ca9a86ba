"""What the code of a task can do behind its walls, and what it cannot."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import EnvironmentUnfit, NotAllowed, SecretUnfit, StepFailed
from agent.steps.sandbox import running, walls
from agent.steps.sandbox.cleaning import clean_text
from agent.steps.sandbox.walls import missing
from tests.integration.beyond.desk import Kept, Work, at_a_desk, encodings, releases
from tests.leak.scan import find_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.store import Vault

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"code cannot be walled in: {missing()}")

SECRET = "Zq8!m/R2+vX w7pLk-ünï"
ORIGINS = ("https://hotel.example",)


@pytest.fixture
def work(vault: Vault) -> Iterator[Work]:
    with at_a_desk(vault, ONE=Kept("value", {"value": SECRET}, ORIGINS)) as made:
        made.allow_code = True
        made.timeout = 20
        yield made


def call(work: Work, body: str, **written: Any) -> Any:
    """Run the body of ``main``."""
    lines = ["def main(inputs, secrets):", *(f"    {line}" for line in body.splitlines())]
    return work("code", source=lines, save_as="done", **written)


def given(field: str = "value") -> dict[str, Any]:
    return {"one": {"secret": "ONE", "field": field}}


def printed(work: Work) -> str:
    return "".join(path.read_text("utf-8") for _, path, _ in work.kept)


async def test_inputs_go_in_and_a_result_comes_out(work: Work) -> None:
    done = await call(
        work, "import json, math\nreturn {'sum': sum(inputs['n']), 'pi': round(math.pi, 2)}",
        inputs={"n": [1, 2, 3]},
    )  # fmt: skip
    assert done.value == {"sum": 6, "pi": 3.14}
    assert work.results["done"] == done.value
    assert work.kept == []


async def test_a_file_beside_the_task_is_run_if_it_is_the_one_that_is_meant(
    work: Work, tmp_path: Path
) -> None:
    work.task_folder = tmp_path
    (tmp_path / "sum.py").write_text("def total(inputs, secrets):\n    return inputs['a'] + 1\n")
    wish: dict[str, Any] = {"file": "sum.py", "function": "total", "inputs": {"a": 1}}
    assert (await work("code", **wish, save_as="sum")).value == 2
    with pytest.raises(StepFailed, match="its SHA-256 is another"):
        await work("code", **wish, sha256="0" * 64)
    with pytest.raises(StepFailed, match="is not in the task's folder"):
        await work("code", file="other.py")


async def test_without_leave_nothing_runs_and_nothing_is_released(work: Work, vault: Vault) -> None:
    work.allow_code = False
    with pytest.raises(NotAllowed, match="may not bring code") as caught:
        await call(work, "return 1", secrets=given())
    assert "--allow-code" in caught.value.hint
    assert releases(vault) == []


async def test_a_secret_goes_in_by_the_pipe_after_its_row_and_comes_back_masked(
    work: Work, vault: Vault
) -> None:
    body = (
        "print('it is', secrets['one'])\nreturn {'raw': secrets['one'], 'n': len(secrets['one'])}"
    )
    done = await call(work, body, secrets=given(), name="Count")
    assert done.value == {"raw": "‹ONE.value›", "n": len(SECRET)}
    assert printed(work) == "it is ‹ONE.value›\n"
    assert releases(vault) == [("allowed", "", "ONE", "value", "Count")]
    row = next(row for row in vault.trail().rows() if row["action"] == "revealed")
    assert json.loads(row["detail"])["reason"] == "code"
    assert row["run_id"] == "run-1"


async def test_nothing_is_released_where_no_walls_can_be_had(
    work: Work, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "missing", lambda: "Landlock is not on in this kernel")
    with pytest.raises(EnvironmentUnfit, match="Landlock is not on"):
        await call(work, "return 1", secrets=given())
    monkeypatch.undo()
    # The walls are asked for what they cannot give: a folder that is not there.
    order = running._order
    monkeypatch.setattr(
        running, "_order", lambda job, answers: order(job, answers) | {"folder": "/no/such/folder"}
    )
    with pytest.raises(EnvironmentUnfit, match="No such file"):
        await call(work, "return 1", secrets=given())
    assert releases(vault) == []


async def test_no_form_of_a_secret_is_in_what_it_prints_or_returns(work: Work) -> None:
    body = """
import sys
for form in inputs['forms']:
    sys.stdout.buffer.write(b'it is ' + bytes.fromhex(form) + b'.\\n')
return [bytes.fromhex(form).decode('utf-8', 'replace') for form in inputs['forms']]"""
    spelled = encodings(SECRET)
    kept_back = {"gzip in base64"}
    for names in (spelled.keys() - kept_back, kept_back):
        work.kept.clear()
        wish = {"forms": [spelled[name].hex() for name in sorted(names)]}
        left = b""
        with suppress(StepFailed):
            done = await call(work, body, inputs=wish, secrets=given())
            left = json.dumps(done.value, ensure_ascii=False).encode()
        for said in (left, printed(work).encode()):
            assert {name for name in names if spelled[name] in said} == set()
            assert list(find_in(said, {"s": SECRET}, "said")) == []
        assert printed(work).startswith("withheld" if names == kept_back else "it is")


def test_no_form_of_a_secret_is_left_of_a_text(work: Work) -> None:
    for name, text in encodings(SECRET).items():
        said = clean_text(b"it is " + text + b".\n", work.desk.secrets).encode()
        assert text not in said, name
        assert list(find_in(said, {"s": SECRET}, name)) == []
        joined = "".join(said.decode().split()).replace("\u200b", "")
        assert "".join(SECRET.split()) not in joined, name


def test_a_text_without_a_secret_stays_as_it_is(work: Work) -> None:
    text = "sum of 12 rooms: 1,234.50 – Zoë, aGVsbG8gd29ybGQgYWdhaW4=, 0123456789abcdef01\n"
    assert clean_text(text.encode(), work.desk.secrets) == text


async def test_what_an_error_says_is_masked(work: Work) -> None:
    with pytest.raises(StepFailed) as caught:
        await call(work, "raise ValueError('no ' + secrets['one'])", secrets=given())
    assert caught.value.message == "the code failed in line 2: ValueError: no ‹ONE.value›"


CANNOT_READ = {
    "the vault": "open(inputs['vault'], 'rb').read()",
    "another run's folder": "open(inputs['other'] + '/raw', 'rb').read()",
    "the names in it": "__import__('os').listdir(inputs['other'])",
    "the environment of the runner": "open(f'/proc/{__import__(\"os\").getppid()}/environ').read()",
    "the memory of the runner": "open(f'/proc/{__import__(\"os\").getppid()}/mem', 'rb').read(1)",
    "its own environment as the kernel has it": "open('/proc/self/environ').read()",
    "the accounts of the machine": "open('/etc/passwd').read()",
    "the folder above": "__import__('os').listdir('..')",
    "the runner's program": "open(inputs['program']).read()",
    "a network": "__import__('socket').socket()",
    "a Unix socket": "__import__('socket').socket(__import__('socket').AF_UNIX)",
    "another program": "__import__('subprocess').run(['/bin/true'])",
    "a shell": "__import__('os').execv('/bin/sh', ['sh'])",
    "a child": "__import__('os').fork()",
    "a signal": "__import__('os').kill(__import__('os').getppid(), 9)",
    "a link out": "__import__('os').link(inputs['other'] + '/raw', 'here')",
    "a priority": "__import__('os').setpriority(0, __import__('os').getppid(), 19)",
    "the parent's limits": "__import__('resource').prlimit(__import__('os').getppid(), 7, (5, 5))",
}  # fmt: skip

CANNOT_WRITE = {
    "a file of its own in another folder": "open(inputs['other'] + '/new', 'w')",
    "a file that is there": "open(inputs['other'] + '/raw', 'a')",
    "the end of it": "__import__('os').truncate(inputs['other'] + '/raw', 0)",
    "its being there": "__import__('os').unlink(inputs['other'] + '/raw')",
    "its name": "__import__('os').rename(inputs['other'] + '/raw', 'mine')",
    "its rights": "__import__('os').chmod(inputs['other'] + '/raw', 0o777)",
    "its time": "__import__('os').utime(inputs['other'] + '/raw')",
    "its attributes": "__import__('os').setxattr(inputs['other'] + '/raw', 'user.a', b'1')",
    "the temporary folder": "open('/tmp/slotrunner-code-was-here', 'w')",
    "shared memory": "open('/dev/shm/slotrunner-code-was-here', 'w')",
    "an installed package": "open(__import__('pydantic').__file__, 'a')",
    "a device": "__import__('os').mknod('here', 0o20666, __import__('os').makedev(1, 3))",
}
# What goes through a link of its own to something outside.
THROUGH_A_LINK = "__import__('os').symlink(inputs['other'] + '/raw', 'l'); return open('l').read()"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Things of the machine that are there, and that code must not reach."""
    other = tmp_path / "another-run"
    other.mkdir()
    (other / "raw").write_text("raw recording")
    yield {
        "vault": str(tmp_path / "vault.db"),
        "other": str(other),
        "program": running.__file__,
    }
    assert (other / "raw").read_text() == "raw recording"
    assert [path.name for path in other.iterdir()] == ["raw"]


def many(acts: dict[str, str]) -> str:
    lines = ["found = {}"]
    for name, act in acts.items():
        lines += [
            "try:", f"    {act}", f"    found[{name!r}] = 'done'",
            "except (OSError, PermissionError) as error:",
            f"    found[{name!r}] = type(error).__name__",
        ]  # fmt: skip
    return "\n".join([*lines, "return found"])


async def test_code_reads_and_writes_nothing_but_its_own(
    work: Work, outside: dict[str, str]
) -> None:
    acts = CANNOT_READ | CANNOT_WRITE
    done = await call(work, many(acts), inputs=outside)
    assert {name: how for name, how in done.value.items() if how == "done"} == {}
    assert done.value.keys() == acts.keys()
    with pytest.raises(StepFailed, match="PermissionError"):
        await call(work, THROUGH_A_LINK, inputs=outside)


def test_without_the_walls_the_same_code_does_what_it_is_kept_from(
    outside: dict[str, str], tmp_path: Path
) -> None:
    """The control: what is refused behind the walls works where there are none."""
    kept = {
        name: act
        for name, act in (CANNOT_READ | CANNOT_WRITE).items()
        if name in (
            "the vault", "another run's folder", "the names in it", "a network", "a child",
            "the environment of the runner", "its own environment as the kernel has it",
            "another program", "the accounts of the machine", "its rights", "its time",
            "a Unix socket", "the folder above", "the runner's program",
        )
    }  # fmt: skip
    del kept["a child"]
    body = "\n    ".join(many(kept).splitlines())
    call_it = "import json, sys\nprint(json.dumps(main(json.loads(sys.argv[1]))))"
    program = f"def main(inputs):\n    {body}\n{call_it}"
    Path(outside["vault"]).touch()
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(outside)], capture_output=True, check=True,
        cwd=tmp_path,
    )  # fmt: skip
    assert {name: how for name, how in json.loads(done.stdout).items() if how != "done"} == {}


async def test_it_has_a_clean_environment_no_descriptors_and_its_own_folder(work: Work) -> None:
    os.environ["RUNNER_CODE_TEST"] = "not for code"
    leaking = socket.create_server(("127.0.0.1", 0))
    os.set_inheritable(leaking.fileno(), True)  # noqa: FBT003 - its only argument
    body = """
import os, tempfile
def there(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False
with open('note.txt', 'w') as file:
    file.write('x')
os.mkdir('sub')
os.rename('note.txt', 'sub/note.txt')
with tempfile.TemporaryFile() as file:
    file.write(b'x')
return {
    'names': sorted(os.environ), 'cwd': os.getcwd(), 'temp': tempfile.gettempdir(),
    'fds': [fd for fd in range(3, 1024) if there(fd)], 'input': os.read(0, 10).decode(),
    'here': sorted(os.listdir('.')),
}"""
    try:
        done = await call(work, body)
    finally:
        del os.environ["RUNNER_CODE_TEST"]
        leaking.close()
    assert done.value["names"] == ["HOME", "LANG", "PATH", "TMPDIR"]
    assert done.value["cwd"] == done.value["temp"]
    assert Path(done.value["cwd"]).is_relative_to(work.desk.folder.path)
    assert len(done.value["fds"]) == 1  # the pipe by which it answers
    assert (done.value["input"], done.value["here"]) == ("", ["sub"])


async def test_two_steps_have_two_folders(work: Work) -> None:
    await call(work, "open('left', 'w').close()")
    done = await call(work, "import os\nreturn os.listdir('.')")
    assert done.value == []


@pytest.mark.parametrize(
    ("body", "said", "written"),
    [
        ("while True: pass", "was not done in 1 s|used up its time", {"timeout": 1}),
        ("import time\ntime.sleep(60)", "was not done in 0.6 s", {"timeout": 0.6}),
        ("return len(bytearray(400 * 1024 * 1024))", "more memory than it may", {"memory": 128}),
        ("while True: print('x' * 1000)", "printed more than 1 MiB", {}),
        ("return 'x' * 2_000_000", "larger than 1 MiB", {}),
        ("import os\nos._exit(7)", "ended without a result: exit code 7", {}),
        ("raise SystemExit(0)", "the code failed in line 2: SystemExit: 0", {}),
        ("return {1, 2}", "TypeError: Object of type set", {}),
        ("open('a', 'wb').write(b'x' * 100_000_000)", "File too large|a file grew", {}),
    ],
)
async def test_what_takes_too_much_is_ended_and_told(
    work: Work, body: str, said: str, written: dict[str, Any]
) -> None:
    with pytest.raises(StepFailed, match=said):
        await call(work, body, **written)


async def test_a_folder_that_grows_is_noticed(work: Work) -> None:
    body = """
import time
for number in range(10):
    with open(str(number), 'wb') as file:
        file.write(bytes(20_000_000))
time.sleep(60)"""
    with pytest.raises(StepFailed, match="wrote more than 128 MiB"):
        await call(work, body)


CALLS = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
found = {}
for number in inputs['numbers']:
    ctypes.set_errno(0)
    answer = libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0)
    found[number] = errno.errorcode.get(ctypes.get_errno(), 'done') if answer == -1 else 'done'
return found"""


async def test_every_call_of_the_filters_table_is_refused(work: Work) -> None:
    denied = sorted(set(walls._DENIED))
    done = await call(work, CALLS, inputs={"numbers": denied})
    assert {int(n) for n, how in done.value.items() if how not in ("EPERM", "EACCES")} == set()
    newer = [435, *range(walls._NEWEST + 1, walls._NEWEST + 20)]
    done = await call(work, CALLS, inputs={"numbers": newer})
    assert set(done.value.values()) == {"ENOSYS"}
    done = await call(work, CALLS, inputs={"numbers": [39]})  # getpid, the control
    assert done.value == {"39": "done"}
    with pytest.raises(StepFailed, match="without a result: exit code -31"):
        await call(work, CALLS, inputs={"numbers": [39 | walls._OTHER_NUMBERS]})


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which needs root")
def test_the_walls_stand_without_any_rights_too() -> None:
    """The same program, run as nobody by the machine's own Python."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("no Python of the machine's own")
    with TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        shutil.copytree(running._PROGRAM, folder / "program")
        (folder / "own").mkdir()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
        here, there = os.pipe()
        order = {
            "source": f"def main(inputs, secrets):\n    {BODY_OF_NOBODY}",
            "function": "main",
            "folder": str(folder / "own"),
            "readable": list(running._LIBRARIES),
            "answers": there,
            "parent": os.getpid(),
            "limits": {"memory": 2**29, "seconds": 10, "file_size": 2**20},
        }
        lines = f"{json.dumps(order)}\n" + json.dumps({"inputs": {}, "secrets": {}}) + "\n"
        subprocess.run(
            [python, "-I", "-B", folder / "program"], input=lines.encode(), pass_fds=(there,),
            user=65534, group=65534, extra_groups=[], env={}, cwd=folder / "own", check=True,
        )  # fmt: skip
        os.close(there)
        with os.fdopen(here) as answers:
            said = [json.loads(line) for line in answers]
    assert said == [{"enclosed": True}, {"value": ["done", "refused", "refused", "refused"]}]


BODY_OF_NOBODY = """import os
    def how(act):
        try:
            act()
        except OSError:
            return 'refused'
        return 'done'
    acts = (lambda: open('mine', 'w'), lambda: open('/etc/passwd'), os.fork,
            lambda: os.chmod('mine', 0o777))
    return [how(act) for act in acts]
"""


async def test_threads_work_and_other_processes_do_not(work: Work) -> None:
    body = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(3) as pool:
    return sorted(pool.map(lambda n: n * n, range(5)))"""
    assert (await call(work, body)).value == [0, 1, 4, 9, 16]


async def test_the_usual_libraries_work(work: Work) -> None:
    body = """
import asyncio, sqlite3, tempfile, zipfile, zoneinfo
async def later():
    return await asyncio.to_thread(lambda: 5)
with zipfile.ZipFile('a.zip', 'w') as packed:
    packed.writestr('a', 'b')
with zipfile.ZipFile('a.zip') as packed:
    packed.extractall('out')
base = sqlite3.connect('x.db')
base.execute('create table a (b)')
base.commit()
base.close()
with tempfile.NamedTemporaryFile('w') as file:
    file.write('x')
return [asyncio.run(later()), open('out/a').read(), str(zoneinfo.ZoneInfo('Europe/Berlin'))]"""
    assert (await call(work, body)).value == [5, "b", "Europe/Berlin"]


async def test_a_type_that_is_not_for_code_is_not_given(vault: Vault) -> None:
    fields = {"client_id": "a", "client_secret": "b-secret", "token_url": "https://t.example/t"}
    secret = Kept("oauth2_client_credentials", fields, ORIGINS)
    with at_a_desk(vault, ONE=secret) as work:
        work.allow_code = True
        with pytest.raises(SecretUnfit, match="is not given to code"):
            await call(work, "return 1", secrets=given("client_secret"))
    assert [row[0] for row in releases(vault)] == ["refused"]
