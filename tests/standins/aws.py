"""AWS as it is met over HTTP: a real moto server, and a small one that asks for patience."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
ROOT_KEY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "canary-root-key"}


@dataclass(frozen=True, slots=True)
class Aws:
    """A running server: ``url`` is what ``AWS_ENDPOINT_URL`` is set to."""

    url: str

    def client(self, service: str) -> Any:
        """Speak to it as its owner."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_KEY["AWS_SECRET_ACCESS_KEY"],
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Give what a program needs to meet this server instead of AWS."""
        return {"AWS_ENDPOINT_URL": self.url, **ROOT_KEY, **more}

    def put(self, name: str, text: str | dict[str, Any]) -> None:
        """Store a secret under a name, new or again."""
        written = text if isinstance(text, str) else json.dumps(text)
        with self.owner("secretsmanager") as client:
            try:
                client.create_secret(Name=name, SecretString=written)
            except client.exceptions.ResourceExistsException:
                client.put_secret_value(SecretId=name, SecretString=written)

    def delete(self, name: str) -> None:
        """Delete a secret, at once."""
        with self.owner("secretsmanager") as client:
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    @contextmanager
    def owner(self, service: str) -> Iterator[Any]:
        """Speak to it as its owner and hang up."""
        client = self.client(service)
        try:
            yield client
        finally:
            client.close()

    def check_keys(self, *, after: int = 0) -> None:
        """Have every key's rights checked, as AWS does, after so many calls more."""
        request = Request(  # noqa: S310  this machine's own stand-in
            f"{self.url}/moto-api/reset-auth",
            data=str(after).encode(),
            headers={"Content-Type": "text/plain"},
            method="POST",
        )
        with urlopen(request) as answer:  # noqa: S310
            answer.read()

    def check_no_keys(self) -> None:
        """Let everybody in again."""
        self.check_keys(after=10**6)


@contextmanager
def running_aws() -> Iterator[Aws]:
    """Run moto's server on a free port of this machine, with nothing stored in it.

    What moto stores belongs to the process: another server of it would leave its secrets here.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        with urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")):
            yield Aws(f"http://{host}:{port}")
    finally:
        server.stop()


@dataclass(slots=True)
class Busy:
    """A server that answers with ``code`` so many times before it answers."""

    url: str
    times: int
    code: str
    text: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def busy_aws(times: int, text: str, code: str = "ThrottlingException") -> Iterator[Busy]:
    """Run a server that has one secret and no patience."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            busy.asked.append(json.loads(body)["SecretId"])
            fails = len(busy.asked) <= busy.times
            answer = {"__type": busy.code} if fails else {"SecretString": busy.text}
            written = json.dumps(answer).encode()
            self.send_response(400 if fails else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    busy = Busy(f"http://127.0.0.1:{server.server_port}", times, code, text)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield busy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
