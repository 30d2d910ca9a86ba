"""Brings the scripts of others that the dashboard serves, byte for byte, as the manifest says.

``python .ci/vendor.py`` downloads each package's tarball from the npm registry, takes the named
files out of it and refuses one whose SHA-256 is not the one written down. A new version: change
package, version and hashes in ``agent/api/static/vendor/manifest.json`` and run this again.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import urllib.request
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "agent/api/static/vendor"
REGISTRY = "https://registry.npmjs.org"


def main() -> None:
    """Fetch every package of the manifest; nothing is written from one that differs."""
    for package in json.loads((VENDOR / "manifest.json").read_text("utf-8"))["packages"]:
        name, version = package["name"], package["version"]
        address = f"{REGISTRY}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 the fixed registry, over https
            tarball = io.BytesIO(answer.read())
        with tarfile.open(fileobj=tarball) as packed:
            for path, digest in package["files"].items():
                member = packed.extractfile(f"package/{path}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != digest:
                    sys.exit(f"{name} {version}: {path} is not what the manifest says")
                (VENDOR / Path(path).name).write_bytes(content)


if __name__ == "__main__":
    main()
