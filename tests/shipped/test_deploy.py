"""The files of docs/deploy, looked at by the programs that will read them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import click
import kubernetes_validate
import pytest
import yaml

from agent.cli.main import runner
from agent.telemetry.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
KUBERNETES = "1.33"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|PASSPHRASE", re.IGNORECASE)
# A dashboard's language writes dots as underscores, and ends a name with its unit and kind.
ENDINGS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}


def program(name: str) -> str:
    """Find a checker beside this Python or on the machine; skip where there is none."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def reader_of_compose() -> list[str]:
    """Find who reads compose files; no engine is needed for that."""
    docker = shutil.which("docker")
    plugin = [docker or "", "compose", "version"]
    if docker and subprocess.run(plugin, capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    return [program("docker-compose")]


def items() -> list[Any]:
    return list(yaml.safe_load((DEPLOY / "kubernetes" / "slotrunner.yaml").read_text())["items"])


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def pods() -> Iterator[Any]:
    for item in items():
        spec = item.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get(
            "template"
        )
        if template:
            yield template["spec"]


def containers() -> Iterator[Any]:
    for pod in pods():
        yield from (*pod["containers"], *pod["initContainers"])


def command_lines() -> Iterator[list[str]]:
    """Give every call of ``runner`` that the files make, as words after its name."""
    for service in compose()["services"].values():
        if service.get("image", "").startswith("slotrunner"):
            yield service["command"]
    for container in containers():
        if "args" in container:
            yield container["args"]
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE):
            yield shlex.split(line.replace("%i", "1"))[1:]


def test_compose_reads_its_file() -> None:
    command = [*reader_of_compose(), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=DEPLOY, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_compose_would_say_what_is_wrong(tmp_path: Path) -> None:
    wrong = compose()
    wrong["services"]["api"]["comand"] = []
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(wrong))
    shutil.copy(DEPLOY / "seccomp.json", tmp_path)
    command = [*reader_of_compose(), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "comand" in done.stderr


@pytest.mark.parametrize("item", items(), ids=lambda i: f"{i['kind']} {i['metadata']['name']}")
def test_kubernetes_knows_every_field(item: Any) -> None:
    assert kubernetes_validate.validate(item, KUBERNETES, strict=True) == KUBERNETES
    wrong = deepcopy(item)
    wrong["specification"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_every_volume_that_is_mounted_is_there() -> None:
    claims = {
        claim["metadata"]["name"]
        for item in items()
        for claim in item.get("spec", {}).get("volumeClaimTemplates", ())
    }
    for pod in pods():
        there = {volume["name"] for volume in pod["volumes"]} | claims
        for container in (*pod["containers"], *pod["initContainers"]):
            assert {mount["name"] for mount in container["volumeMounts"]} <= there


def test_a_root_certificate_is_named_where_the_server_is_verified() -> None:
    settings = next(item["data"] for item in items() if item["kind"] == "ConfigMap")
    named = dict(parse_qsl(urlsplit(settings["RUNNER_DATABASE_URL"]).query))
    assert named == {"sslmode": "verify-full", "sslrootcert": "/run/secrets/postgres-ca.pem"}
    assert "postgres-ca.pem" in (DEPLOY.parent / "deploy.md").read_text()


def test_a_container_that_comes_again_copies_over_a_file_that_is_read_only(tmp_path: Path) -> None:
    given, kept = tmp_path / "given", tmp_path / "kept"
    for folder in (given, kept):
        folder.mkdir()
    (given / "pgpass").write_text("new")
    (kept / "pgpass").write_text("old")
    (kept / "pgpass").chmod(0o400)
    for pod in pods():
        *shell, script = pod["initContainers"][0]["command"]
        assert shell == ["sh", "-c"]
        script = script.replace("/given", str(given)).replace("/run/secrets", str(kept))
        subprocess.run(["sh", "-c", script], check=True)
        assert (kept / "pgpass").read_text() == "new"
        assert "cp -f " in script  # whoever is root here writes over it anyway


def test_the_api_has_time_and_room_for_runs_of_its_own() -> None:
    assert compose()["services"]["api"]["stop_grace_period"] == "30s"
    assert "\nTimeoutStopSec=30\n" in (DEPLOY / "systemd" / "slotrunner-api.service").read_text()
    api = next(item for item in items() if item["metadata"]["name"] == "slotrunner-api")
    (container,) = api["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["memory"] == "2Gi"
    assert [claim["metadata"]["name"] for claim in api["spec"]["volumeClaimTemplates"]] == ["home"]


def test_no_container_may_more_than_it_must() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
    for container in containers():
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
    for service in compose()["services"].values():
        if service["image"].startswith("slotrunner"):
            assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)


def test_a_secret_comes_as_a_file_and_in_no_variable() -> None:
    environments = [service.get("environment", {}) for service in compose()["services"].values()]
    environments += [item["data"] for item in items() if item["kind"] == "ConfigMap"]
    for environment in environments:
        for name, value in environment.items():
            assert not SECRET_WORDS.search(name) or str(value).startswith("/run/secrets/"), name
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), name
    for container in containers():
        assert "env" not in container
        assert [next(iter(source)) for source in container.get("envFrom", ())] in (
            [],
            ["configMapRef"],
        )
    assert all("file" in secret for secret in compose()["secrets"].values())


def test_the_image_is_made_by_the_script_of_the_demo_and_holds_no_secret() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    runs = re.findall(r"^RUN (.*)$", text.replace("\\\n", ""), re.MULTILINE)
    words = [shlex.split(part)[0] for run in runs for part in run.split("&&")]
    assert words == ["apt-get", "apt-get", "rm", ".ci/setup", "useradd", "install", "install"]
    assert "ARG" not in text
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text()
    for path in (".venv", ".git", "**/*.key", "docs/deploy/secrets", "keys"):
        assert f"\n{path}\n" in ignored


def test_a_linter_of_dockerfiles_finds_nothing() -> None:
    linter = program("hadolint")
    done = subprocess.run(
        [linter, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    bad = subprocess.run(
        [linter, "-"], input="FROM python\n", capture_output=True, text=True, check=False
    )
    assert "DL3006" in bad.stdout


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_every_command_line_is_one_that_the_program_takes(words: list[str]) -> None:
    command: click.Command = runner
    context = click.Context(command, info_name="runner")
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, list(words))
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.parse_args(context, list(words))


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    checker = program("systemd-analyze")
    for unit in UNITS:
        name = unit.name.replace("@.", "@1.")
        text = unit.read_text().replace("/opt/slotrunner/.venv/bin/runner", "/bin/true")
        (tmp_path / name).write_text(text)
    command = [checker, "verify", "--man=no", *sorted(tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    worker = tmp_path / "slotrunner-worker@1.service"
    worker.write_text(worker.read_text().replace("KillMode", "KillMod"))
    done = subprocess.run([checker, "verify", worker], capture_output=True, text=True, check=False)
    assert "KillMod" in done.stderr


def test_a_worker_gets_its_key_as_a_credential_and_takes_its_browsers_along() -> None:
    for unit in UNITS:
        text = unit.read_text()
        if unit.suffix == ".service":
            assert "\nLoadCredential=slotrunner-key:" in text
            # Where browsers are, they must not get the signal that asks their worker to end.
            browsers = " runs prune " not in text
            mode = "mixed" if browsers else "control-group"
            assert f"\nKillMode={mode}\n" in text
            assert not re.search(r"^Environment=.*(PASSWORD|SECRET|TOKEN)", text, re.MULTILINE)


def test_the_filter_leaves_room_for_the_browsers_sandbox_and_not_for_mounts() -> None:
    document = json.loads((DEPLOY / "seccomp.json").read_text())
    allowed = {
        name
        for rule in document["syscalls"]
        for name in rule["names"]
        if rule["action"] == "SCMP_ACT_ALLOW" and "args" not in rule
    }
    assert document["defaultAction"] == "SCMP_ACT_ERRNO"
    assert {"clone", "clone3", "unshare", "chroot", "landlock_restrict_self"} <= allowed
    assert not {"mount", "pivot_root", "bpf", "init_module", "kexec_load", "userfaultfd"} & allowed


def test_the_scripts_are_what_a_shell_linter_likes() -> None:
    linter = program("shellcheck")
    scripts = [DEPLOY.parents[1] / ".ci" / name for name in ("setup", "run")]
    done = subprocess.run([linter, *scripts], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def asked_for(text: str) -> set[str]:
    """Name the metrics of the queries of a dashboard."""
    queries = re.findall(r'"expr": "((?:[^"\\]|\\.)*)"', text)
    words = {word for query in queries for word in re.findall(r"[a-z_]{4,}(?=[{\[])", query)}
    return {word for word in words if word.startswith(("slotrunner_", "http_"))}


def sent() -> set[str]:
    """Name the metrics as a Prometheus shows them that takes OTLP."""
    names = set()
    for measure in MEASURES:
        unit = "_seconds" if measure.unit == "s" else ""
        for ending in ENDINGS[measure.kind]:
            names.add(measure.name.replace(".", "_") + unit + ending)
    return names


def test_the_dashboard_asks_for_metrics_that_are_sent_and_for_each_of_them() -> None:
    text = (DEPLOY / "grafana.json").read_text()
    json.loads(text)
    found = asked_for(text)
    assert found <= sent()
    roots = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in found}
    assert roots == {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in sent()}


def test_a_metric_that_nobody_sends_would_be_noticed() -> None:
    assert asked_for('{"expr": "rate(slotrunner_gone_total[5m])"}') - sent()
