"""AWS Secrets Manager through boto3; imported over a table, and only when a secret is fetched.

One attempt a call: how often it is tried again is decided where the reference is known.
"""

from __future__ import annotations

import logging
import os
from contextlib import closing
from pathlib import Path
from typing import Final

import boto3
from botocore import exceptions
from botocore.config import Config
from dotenv import dotenv_values

from agent.errors import (
    SourceBusy,
    SourceDenied,
    SourceFailed,
    SourceMalformed,
    SourceMissing,
    SourceUnavailable,
    UsageError,
)
from agent.vault.origin import OriginRule

CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
)
"""What is read of a ``.env``: who asks, and nothing that says whom."""

_SECONDS: Final = Config(
    connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"}
)

_NOBODY: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
)
_NOT_THERE: Final = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_BUSY: Final = frozenset(
    {
        "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
        "RequestLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "InternalServiceError", "InternalServiceErrorException", "InternalFailure",
        "ServiceUnavailable", "ServiceUnavailableException",
    }
)  # fmt: skip
_WRONG: Final = frozenset({"ValidationException", "InvalidParameterException"})


# At their finest these write down whole answers, the secret's text among them.
for _name in ("boto3", "botocore", "urllib3"):
    logging.getLogger(_name).setLevel(logging.INFO)


def fetch(secret_name: str, region_name: str) -> str:
    """Get the current text of one secret, asking once. Raises ``SourceFailed``.

    Who asks is found as every AWS program does it, a ``.env`` of the working folder coming last
    of the two places where keys are written out.
    """
    where = f"{secret_name:.200} ({region_name})"
    try:
        with closing(_client(region_name)) as client:
            answer = client.get_secret_value(SecretId=secret_name)
    except exceptions.ClientError as error:
        raise _refusal(error, where) from None
    except _NOBODY:
        raise SourceDenied(
            f"there are no AWS credentials to ask for {where} with",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, here or in .env, or AWS_PROFILE",
        ) from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError):
        raise SourceUnavailable(
            f"AWS Secrets Manager does not answer for {where}",
            hint="check the region's name and this machine's network",
        ) from None
    except exceptions.BotoCoreError as error:
        raise SourceUnavailable(
            f"AWS cannot be asked for {where}: {type(error).__name__}"
        ) from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise SourceMalformed(
            f"AWS secret {where} holds bytes, not text", hint="store it as a string, or as JSON"
        )
    return text


def _client(region_name: str):  # type: ignore[no-untyped-def]  # boto3 makes its classes as it runs
    given = _credentials()
    session = boto3.Session(
        aws_access_key_id=given.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=given.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=given.get("AWS_SESSION_TOKEN"),
        profile_name=given.get("AWS_PROFILE"),
        region_name=region_name,
    )
    client = session.client("secretsmanager", config=_SECONDS)
    try:
        # Loopback is the only place for http: a test's stand-in, or a proxy of this machine.
        OriginRule.parse(client.meta.endpoint_url)
    except UsageError:
        raise SourceDenied(
            f"AWS_ENDPOINT_URL is {client.meta.endpoint_url:.200}, where a secret may not pass",
            hint="an endpoint is https, or http on this machine only",
        ) from None
    return client


def _credentials() -> dict[str, str]:
    """Read ``.env`` of the working folder, unless the environment says itself who asks."""
    if any(os.environ.get(name) for name in CREDENTIALS):
        return {}
    path = Path.cwd() / ".env"
    if not path.is_file():
        return {}
    written = dotenv_values(path, interpolate=False)
    return {name: value for name in CREDENTIALS if (value := written.get(name))}


def _refusal(error: exceptions.ClientError, where: str) -> SourceFailed:
    said = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if said in _NOT_THERE:
        return SourceMissing(
            f"AWS has no secret {where}, or it is being deleted",
            hint="check secret_name and region_name, or bind another secret",
        )
    if said in _BUSY or status in (429, 500, 502, 503, 504):
        return SourceBusy(
            f"AWS asks for patience with {where}", hint="run it again later, or fewer at once"
        )
    if said in _WRONG:
        return SourceMalformed(
            f"AWS does not take {where} for a secret's name", hint="check secret_name"
        )
    return SourceDenied(
        f"AWS does not let us read {where} ({said:.60})",
        hint="the key in use needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key",
    )
