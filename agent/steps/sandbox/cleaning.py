"""What code printed and returned, free of every form of a secret that is known, or not at all.

Code can disguise a value in ways nobody can undo; what is here keeps accidents, and the encodings
that programs use, out of what a run leaves.
"""

from __future__ import annotations

import base64
import json
import re
from binascii import Error as NotBase64
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agent.errors import ArtifactWithheld, StepFailed
from agent.steps.beyond import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.open import RunSecrets

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def clean_text(printed: bytes, secrets: RunSecrets) -> str:
    """Mask a text; where a second reader still finds a value in it, nothing of it is kept.

    Bytes that are no text are replaced: what is packed does not stay what it was.
    """
    clean = secrets.redactor.redact_text(printed.decode("utf-8", "replace"))
    left = _left_in(clean.encode(), secrets)
    return f"withheld: a form of {', '.join(sorted(left))} is in it\n" if left else clean


def clean_result(value: Any, secrets: RunSecrets) -> Any:
    """Mask JSON values. Raises ``StepFailed`` where a second reader still finds a value."""
    clean = cleaned(value, secrets.redactor)
    left = _left_in(json.dumps(clean, ensure_ascii=False).encode(), secrets)
    if left:
        raise StepFailed(
            f"the result holds a form of {', '.join(sorted(left))} that cannot be masked, "
            "and was dropped"
        )
    return clean


def _left_in(content: bytes, secrets: RunSecrets) -> frozenset[str]:
    found = set(secrets.needles.labels_in(content))
    try:
        for part in _decoded(content):
            found |= secrets.redactor.contains(part)
    except ArtifactWithheld:
        return frozenset({"what is packed too deep to be looked into"})
    return frozenset(found)


def _decoded(content: bytes) -> Iterator[bytes]:
    """Undo base64 and hex: packed bytes can be printed in them."""
    for run in _RUN.findall(content):
        plain = run.translate(_URL_SAFE).rstrip(b"=")
        with suppress(NotBase64):
            yield base64.b64decode(plain + b"=" * (-len(plain) % 4))
        with suppress(ValueError):
            yield bytes.fromhex(run.decode("ascii"))
