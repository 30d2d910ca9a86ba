"""Artifacts in an S3 bucket, encrypted there; credentials as every AWS program finds them.

Errors are told in our own words: what a server answers may repeat a key id or a signature.
"""

from __future__ import annotations

import tempfile
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store as Bucket

from agent.artifacts.stores.store import Held, checked_key, require_passed
from agent.errors import StoreFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from obstore import GetResult
    from obstore.store import RetryConfig

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.stores.store import Choice

LONGEST_LINK: Final = 7 * 24 * 3600  # Signature Version 4 allows no more
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_RETRY: Final[RetryConfig] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
_TYPES: Final = {
    "html": "text/html",
    "jpeg": "image/jpeg",
    "json": "application/json",
    "xml": "application/xml",
    "zip": "application/zip",
}
_SHARED: Final = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}
_OTHER: Final = "application/octet-stream"


class S3Store:
    """A bucket and a prefix in it."""

    def __init__(self, choice: Choice) -> None:
        parts = urlsplit(choice.address)
        if parts.scheme != "s3" or not parts.netloc:
            raise UsageError(
                f"{choice.address!r:.200} is no bucket", hint="it is like s3://bucket/prefix"
            )
        self.address = choice.address.rstrip("/")
        self._bucket = Bucket(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=_config(choice),
            client_options={
                "allow_http": _is_here(choice.endpoint),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=120),
            },
            retry_config=_RETRY,
        )

    def put(self, key: str, artifact: Artifact) -> None:
        """Upload the file, in parts where it is large; it is there whole, or not at all."""
        checked_key(key)
        require_passed(artifact)
        kind = {"Content-Type": _TYPES.get(key.rpartition(".")[2], _OTHER)}
        with self._failing():
            obstore.put(self._bucket, key, artifact.path, attributes=kind)

    def open(self, key: str) -> BinaryIO:
        """Fetch the object into a nameless file."""
        checked_key(key)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            with self._failing():
                for chunk in _object(self._bucket, key).stream():
                    file.write(chunk)
        except _Absent:
            file.close()
            raise FileNotFoundError(f"{key} is not in {self.address}") from None
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def list(self, run_id: str) -> Sequence[Held]:
        """List the objects below the run's prefix."""
        checked_key(f"{run_id}/x")
        with self._failing():
            found = [
                Held(str(one["path"]), int(one["size"]))
                for chunk in obstore.list(self._bucket, run_id)
                for one in chunk
            ]
        return sorted(found, key=lambda held: held.key)

    def delete(self, key: str) -> None:
        """Delete the object."""
        checked_key(key)
        with self._failing():
            obstore.delete(self._bucket, key)

    def link(self, key: str, seconds: int) -> str:
        """Sign an address with which anyone can read this one object until it expires."""
        checked_key(key)
        lasting = timedelta(seconds=min(max(seconds, 1), LONGEST_LINK))
        with self._failing():
            return obstore.sign(self._bucket, "GET", key, lasting)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise StoreFailed(
                f"there is no bucket {self.address}",
                hint="make it, or name another in the settings",
            ) from None
        except (PermissionDeniedError, UnauthenticatedError):
            raise StoreFailed(
                f"the artifact store {self.address} did not let us in",
                hint="check the credentials and what they may do with the bucket",
            ) from None
        except (BaseError, OSError, ValueError) as error:
            raise StoreFailed(
                f"the artifact store {self.address} cannot be reached ({type(error).__name__})",
                hint="when it works again: runner runs push",
            ) from None


class _Absent(Exception):
    """There is no such object."""


def _object(bucket: Bucket, key: str) -> GetResult:
    try:
        return obstore.get(bucket, key)
    except FileNotFoundError:
        raise _Absent from None


def _config(choice: Choice) -> Any:
    config: dict[str, Any] = {"endpoint": choice.endpoint} if choice.endpoint else {}
    if choice.credentials is not None:
        config |= _shared(choice.credentials, choice.profile)
    if choice.encryption == "bucket":
        return config
    config["server_side_encryption"] = choice.encryption
    if choice.kms_key:
        config["sse_kms_key_id"] = choice.kms_key
    return config


def _shared(path: Path, profile: str) -> dict[str, str]:
    """Read the file that AWS's programs share. Raises ``UsageError``; nothing of it is quoted."""
    read = ConfigParser(interpolation=None)
    try:
        read.read_string(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ConfigError):
        raise UsageError(
            f"{path} cannot be read as AWS's file of credentials",
            hint="AWS_SHARED_CREDENTIALS_FILE names it; it is an INI file with [default]",
        ) from None
    found = dict(read[profile]) if profile in read else {}
    if not found.get("aws_access_key_id") or not found.get("aws_secret_access_key"):
        raise UsageError(
            f"{path} has no key in its profile {profile!r:.80}",
            hint="aws_access_key_id and aws_secret_access_key; AWS_PROFILE names the profile",
        )
    return {to: found[name] for name, to in _SHARED.items() if found.get(name)}


def _is_here(endpoint: str) -> bool:
    """Tell whether plain HTTP goes no further than this machine. Raises ``UsageError`` if it would.

    Artifacts hold no secret, and still are nobody else's business.
    """
    try:
        parts = urlsplit(endpoint)
        here = parts.hostname in _LOOPBACK
    except ValueError:
        raise UsageError(f"{endpoint!r:.200} is no address of an S3 server") from None
    if parts.scheme == "http" and not here:
        raise UsageError(
            f"{endpoint}: artifacts go over https, except on this machine",
            hint="give the S3 server a certificate, and name it https://…",
        )
    return here
