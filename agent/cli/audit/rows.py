"""One row of the audit trail as plain values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def row_document(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Give a row for scripts; its MAC in hex, so that two exports can be compared."""
    shown = {str(name): row[name] for name in row if name not in ("mac", "detail")}
    mac = row["mac"]
    return shown | {
        "detail": json.loads(row["detail"]),
        "mac": mac.hex() if isinstance(mac, bytes) else str(mac),
    }
