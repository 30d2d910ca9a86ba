"""What every artifact store promises: the folder, the bucket on a real S3 server, and the twin."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from agent.artifacts import stores
from agent.artifacts.artifact import Artifact, Refused
from agent.artifacts.stores import STORES, open_store
from agent.artifacts.stores.store import Choice, Held
from agent.errors import StoreFailed, UsageError
from tests.standins.aws import REGION, ROOT_KEY, Aws, running_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.artifacts.stores.store import ArtifactStore

RUN = "0b6c6a3e-0000-4000-8000-000000000001"
KEY = f"{RUN}/screenshots/01 go to.jpeg"
BUCKET = "left"


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with running_aws() as running:
        with running.owner("s3") as client:
            client.create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture
def choices(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Callable[[], Choice]]:
    for name, value in {**ROOT_KEY, "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    return {
        "file": lambda: Choice(f"file://{tmp_path / 'kept'}"),
        "memory": lambda: Choice("memory://"),
        "s3": lambda: Choice(f"s3://{BUCKET}/{tmp_path.name}/", endpoint=aws.url),
    }


@pytest.fixture(params=sorted(STORES))
def store(
    request: pytest.FixtureRequest, choices: dict[str, Callable[[], Choice]]
) -> ArtifactStore:
    return STORES[request.param](choices[request.param]())


def artifact(folder: Path, content: bytes = b"clean", name: str = "x.jpeg") -> Artifact:
    path = folder / name
    path.write_bytes(content)
    return Artifact("screenshot", name, path, "kept", sha256=sha256(content).hexdigest())


def test_every_file_has_its_line_and_every_line_its_file() -> None:
    folder = Path(stores.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "store"}
    assert files == STORES.modules()


def test_what_is_put_is_listed_and_opened_until_it_is_deleted(
    store: ArtifactStore, tmp_path: Path
) -> None:
    big = bytes(range(256)) * 30_000  # more than one part of an upload
    store.put(KEY, artifact(tmp_path))
    store.put(f"{RUN}/trace.zip", artifact(tmp_path, big, "t"))
    assert store.list(RUN) == [Held(KEY, 5), Held(f"{RUN}/trace.zip", len(big))]
    assert store.list(RUN[:8]) == []
    with store.open(f"{RUN}/trace.zip") as file:
        assert file.read() == big
    for _ in range(2):
        store.delete(KEY)
    assert [held.key for held in store.list(RUN)] == [f"{RUN}/trace.zip"]
    with pytest.raises(FileNotFoundError):
        store.open(KEY)


def test_a_second_put_takes_the_place_of_the_first(store: ArtifactStore, tmp_path: Path) -> None:
    store.put(KEY, artifact(tmp_path, b"one"))
    store.put(KEY, artifact(tmp_path, b"two!"))
    with store.open(KEY) as file:
        assert file.read() == b"two!"
    assert store.list(RUN) == [Held(KEY, 4)]


def test_only_what_passed_the_gate_is_taken(store: ArtifactStore, tmp_path: Path) -> None:
    kept = artifact(tmp_path)
    for bad in (replace(kept, state="withheld"), replace(kept, sha256="")):
        with pytest.raises(Refused, match="passed the gate"):
            store.put(KEY, bad)
    kept.path.write_bytes(b"raw")
    with pytest.raises(Refused, match="changed after"):
        store.put(KEY, kept)
    assert store.list(RUN) == []


@pytest.mark.parametrize(
    "key", ["", "x", "/x/y", f"{RUN}/", f"{RUN}/../y", f"../{RUN}/y", f"{RUN}//y", f"{RUN}/a\nb"]
)
def test_no_key_leads_elsewhere(store: ArtifactStore, tmp_path: Path, key: str) -> None:
    for act in (store.open, store.delete, lambda key: store.link(key, 60)):
        with pytest.raises(UsageError):
            act(key)
    with pytest.raises(UsageError):
        store.put(key, artifact(tmp_path))


def test_a_link_of_a_bucket_is_good_for_one_object_and_unencrypted_none_is_kept(
    aws: Aws, choices: dict[str, Callable[[], Choice]], tmp_path: Path
) -> None:
    store = STORES["s3"](choices["s3"]())
    store.put(KEY, artifact(tmp_path))
    link = store.link(KEY, 60)
    assert "X-Amz-Expires=60" in link
    assert ROOT_KEY["AWS_SECRET_ACCESS_KEY"] not in link
    with urlopen(link) as answer:  # noqa: S310  this machine's own stand-in
        assert (answer.read(), answer.headers["Content-Type"]) == (b"clean", "image/jpeg")
    with pytest.raises(HTTPError) as refused:
        urlopen(link.replace("go%20to", "other"))  # noqa: S310  the same
    refused.value.close()
    with aws.owner("s3") as client:
        head = client.head_object(Bucket=BUCKET, Key=f"{tmp_path.name}/{KEY}")
    assert head["ServerSideEncryption"] == "AES256"


def test_a_bucket_may_encrypt_with_a_key_of_its_own(
    aws: Aws, choices: dict[str, Callable[[], Choice]], tmp_path: Path
) -> None:
    with aws.owner("kms") as client:
        key = client.create_key()["KeyMetadata"]["KeyId"]
    choice = replace(choices["s3"](), encryption="aws:kms", kms_key=key)
    STORES["s3"](choice).put(KEY, artifact(tmp_path))
    with aws.owner("s3") as client:
        head = client.head_object(Bucket=BUCKET, Key=f"{tmp_path.name}/{KEY}")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"].endswith(key)) == ("aws:kms", True)


def test_a_server_that_is_away_is_told_in_our_own_words(
    choices: dict[str, Callable[[], Choice]], tmp_path: Path
) -> None:
    away = STORES["s3"](replace(choices["s3"](), endpoint="http://127.0.0.1:9"))
    for act in (lambda: away.put(KEY, artifact(tmp_path)), lambda: away.list(RUN)):
        with pytest.raises(StoreFailed, match="cannot be reached") as caught:
            act()
        assert caught.value.__cause__ is None
        assert "127.0.0.1" not in caught.value.message


def test_a_bucket_that_is_not_there_is_no_artifact_that_is_not_there(
    choices: dict[str, Callable[[], Choice]], tmp_path: Path
) -> None:
    store = STORES["s3"](replace(choices["s3"](), address="s3://no-such-bucket"))
    with pytest.raises(StoreFailed, match="there is no bucket"):
        store.put(KEY, artifact(tmp_path))


@pytest.mark.parametrize("endpoint", ["http://minio.example:9000", "http://10.0.0.7", "http://["])
def test_artifacts_go_over_https_except_on_this_machine(endpoint: str) -> None:
    with pytest.raises(UsageError):
        STORES["s3"](Choice("s3://left", endpoint=endpoint))


def test_a_folder_that_cannot_be_written_is_a_store_that_failed(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    store = STORES["file"](Choice(str(tmp_path / "kept")))
    with pytest.raises(StoreFailed, match="artifact store"):
        store.put(KEY, artifact(tmp_path))


def test_one_choice_is_one_store(tmp_path: Path) -> None:
    assert open_store(Choice(str(tmp_path))) is open_store(Choice(str(tmp_path)))
    assert open_store(Choice(str(tmp_path))).address == str(tmp_path)
