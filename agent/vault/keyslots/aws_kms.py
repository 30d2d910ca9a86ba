"""The key wrapped by AWS KMS: opening the vault needs a call that AWS can refuse, and logs.

Only the slot's 32 bytes go there, never a secret. The encryption context names vault and slot, so
that AWS itself refuses the bytes of one for the other, and CloudTrail says which vault was opened.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agent.errors import UsageError, VaultDamaged, VaultLocked
from agent.registry import Table
from agent.vault.seal import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOTO3: Table[Any] = Table("boto3", {"client": "__init__:client"})
_ERRORS: Table[Any] = Table(
    "botocore", {"client": "exceptions:ClientError", "other": "exceptions:BotoCoreError"}
)
_WORDS: Final = {
    "AccessDeniedException": "AWS denied access to the key",
    "NotFoundException": "AWS has no such key",
    "DisabledException": "the key is disabled at AWS",
    "KMSInvalidStateException": "the key cannot be used at AWS: it may be about to be deleted",
    "InvalidCiphertextException": "AWS does not take this for the slot's wrapped key",
    "IncorrectKeyException": "the slot's key was wrapped by another key of AWS",
}


@dataclass(frozen=True, slots=True)
class KmsKey:
    """``key_id`` (id, ARN or alias) is for new slots; a slot names the one it was made with.

    Credentials, region and endpoint are the usual ones of AWS's own tools.
    """

    key_id: str | None = None

    kind = "aws_kms"

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Have KMS wrap a fresh key, and unwrap it again."""
        if not self.key_id:
            raise UsageError(
                "no AWS KMS key is named", hint="RUNNER_KMS_KEY=<key id, ARN or alias/name>"
            )
        slot, fresh = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        said = _call(
            "encrypt",
            KeyId=self.key_id,
            Plaintext=fresh,
            EncryptionContext={"vault": vault_id, "slot": slot},
        )
        params: dict[str, object] = {
            "key": said["KeyId"],
            "slot": slot,
            "wrapped": b64encode(said["CiphertextBlob"]).decode(),
        }
        return params, self.key(vault_id, params)

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Have KMS unwrap the slot's key. Raises ``VaultLocked`` with AWS's reason."""
        try:
            key, slot = str(params["key"]), str(params["slot"])
            wrapped = b64decode(str(params["wrapped"]), validate=True)
        except (KeyError, ValueError):
            raise VaultDamaged("a key slot of the vault was changed") from None
        said = _call(
            "decrypt",
            KeyId=key,
            CiphertextBlob=wrapped,
            EncryptionContext={"vault": vault_id, "slot": slot},
        )
        plain: bytes = said["Plaintext"]
        return plain

    def forget(self, _vault_id: str, _params: Mapping[str, object], /) -> None:
        """Keep nothing: the wrapped key went with the slot's row."""


def _call(method: str, **arguments: Any) -> Any:
    try:
        with closing(_BOTO3["client"]("kms")) as client:
            return getattr(client, method)(**arguments)
    except ModuleNotFoundError:
        raise VaultLocked(
            "the vault's key is wrapped by AWS KMS, and the package boto3 is missing",
            hint="pip install 'slotrunner[aws]'",
        ) from None
    except _ERRORS["client"] as error:
        code = str(error.response.get("Error", {}).get("Code", "an unnamed error"))
        raise VaultLocked(
            f"{_WORDS.get(code, 'AWS KMS refused')} ({code})",
            hint="look at the key's policy, and at the region and credentials in use",
        ) from None
    except _ERRORS["other"] as error:
        raise VaultLocked(
            f"AWS KMS cannot be asked ({type(error).__name__})",
            hint="look at the network, the region and the credentials in use",
        ) from None
