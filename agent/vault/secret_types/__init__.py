"""What a secret is made of; one file and one line each."""

from __future__ import annotations

from agent.registry import Table
from agent.vault.secret_type import SecretType

__all__ = ["SECRET_TYPES", "SecretType"]

SECRET_TYPES: Table[type[SecretType]] = Table(
    "agent.vault.secret_types",
    {
        "login": "login:Login",
        "value": "value:Value",
        "basic_auth": "basic_auth:BasicAuth",
        "bearer_token": "bearer_token:BearerToken",
        "api_key": "api_key:ApiKey",
        "sftp_password": "sftp_password:SftpPassword",
        "sftp_private_key": "sftp_private_key:SftpPrivateKey",
        "oauth2_client_credentials": "oauth2_client_credentials:OAuth2ClientCredentials",
        "json": "json:Json",
        "totp": "totp:Totp",
        "mailbox": "mailbox:Mailbox",
    },
)
