"""What is to be searched in a picture's bytes for text: all that may be text."""

from __future__ import annotations

_JPEG = b"\xff\xd8"
_TABLES = 0xC4
_COUNTS = 16


def searched(picture: bytes) -> bytes:
    """The picture without the Huffman tables of a JPEG; any other as it is.

    The tables every encoder writes spell ``456789`` (ITU-T T.81, K.3), and those made for one
    picture list letters in order too, so a code or a PIN of such digits would be found in each. A
    table is left out only where it is well-formed and no byte of it stands there twice: then it
    is one, and most texts are none.
    """
    if not picture.startswith(_JPEG):
        return picture
    kept, at = [picture[:2]], 2
    while picture[at : at + 1] == b"\xff" and picture[at + 1 : at + 2] not in (b"", b"\xda"):
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
        if end > len(picture):
            break
        segment = picture[at:end]
        if picture[at + 1] != _TABLES or not _are_tables(segment[4:]):
            kept.append(segment)
        at = end
    return b"".join((*kept, picture[at:]))


def _are_tables(content: bytes) -> bool:
    if not content:
        return False
    while content:
        letters = sum(content[1 : 1 + _COUNTS])
        table = content[1 + _COUNTS : 1 + _COUNTS + letters]
        if len(table) != letters or len(set(table)) != letters:
            return False
        content = content[1 + _COUNTS + letters :]
    return True
