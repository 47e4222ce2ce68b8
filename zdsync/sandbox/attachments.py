"""Files: uploaded under a token, attached to a comment that names the token, and downloaded by whoever has their URL.

What people send by mail or by a web form goes the same way (`acts.py`). A row is the API's attachment; keys with an
underscore stay here: `_content` (base64), `_token` (the secret part of its URL), `_made_ms`, `_malware`.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from zdsync.sandbox.account import Account
from zdsync.sandbox.base import HOUR, Row, iso
from zdsync.sandbox.errors import ApiError, bad_request, invalid

TOLD_LIFE_MS = 72 * HOUR
"""What `expires_at` says, as recorded. The documentation promises one hour (`Options.upload_life_ms`): that is kept."""
EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
"""What every scanner agrees to call malware."""


def too_large() -> ApiError:
    # The names are the specification's; that they come with a 422 is not confirmed.
    return ApiError(422, {"error": "AttachmentTooLarge", "description": "Attachment exceeds the maximum size allowed"})


def upload(account: Account, name: str, content_type: str, content: bytes, token: str | None = None) -> str:
    """Keep a file, under a new token or with those of `token`. Gives the token. Raises 422."""
    if len(content) > account.options.upload_limit:
        raise too_large()
    if not content:
        description = "The uploaded file could not be processed"
        raise ApiError(422, {"error": "AttachmentUnprocessable", "description": description})
    if token is None:
        token = f"{account.random.getrandbits(96):024x}"
        account.uploads[token] = {"made_ms": account.now_ms, "attachments": []}
    files = _open(account, token)["attachments"]
    files.append(_add(account, name, content_type or "application/binary", content)["id"])
    return token


def _add(account: Account, name: str, content_type: str, content: bytes, *, inline: bool = False) -> Row:
    width, height = _dimensions(content)
    number = account.new_id()
    row: Row = {
        "url": "",
        "id": number,
        "file_name": name,
        "content_url": "",
        "mapped_content_url": "",
        "content_type": content_type,
        "size": len(content),
        "width": width,
        "height": height,
        "inline": inline,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "not_scanned",
        "thumbnails": [],
        "_token": f"{account.random.getrandbits(128):032x}",
        "_content": base64.b64encode(content).decode(),
        "_made_ms": account.now_ms,
        "_malware": EICAR in content,
    }
    account.attachments[number] = row
    return row


def _dimensions(content: bytes) -> tuple[int | None, int | None]:
    """Of a PNG; others' are unknown, which the API shows as null."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 24:
        return None, None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _open(account: Account, token: str) -> Row:
    """The upload that a token stands for. Raises 422 for one that is unknown, used up or too old.

    Whether Zendesk refuses such a token or drops the file silently is not documented; a refusal is the louder.
    """
    found = account.uploads.get(token)
    if found is None or account.now_ms - found["made_ms"] >= account.options.upload_life_ms:
        raise invalid("uploads", f"Uploads: {token} is not a valid upload token")
    return found


def check(account: Account, tokens: Any) -> list[str]:
    """A comment's `uploads`: a list, or one token as a plain text. Raises 422 for one that cannot be attached."""
    given = [tokens] if isinstance(tokens, str) else tokens or []
    if not isinstance(given, list):
        raise invalid("uploads", "Uploads: is invalid")
    for token in given:
        _open(account, str(token))
    return [str(token) for token in dict.fromkeys(given)]


def use(account: Account, tokens: Iterable[str]) -> list[int]:
    """The files of the tokens, which end with it: their ids, for the comment."""
    return [number for token in tokens for number in account.uploads.pop(token)["attachments"]]


def discard(account: Account, token: str) -> bool:
    """Delete an upload that no comment has used, with its files; False when there is none."""
    found = account.uploads.pop(token, None)
    for number in found["attachments"] if found else ():
        del account.attachments[number]
    return found is not None


def copies(account: Account, numbers: Iterable[int]) -> list[str]:
    """Tokens of one upload with copies of these files, as a merge makes them; no token for no files."""
    rows = [account.attachments[number] for number in numbers]
    if not rows:
        return []
    token = f"{account.random.getrandbits(96):024x}"
    made = [_add(account, row["file_name"], row["content_type"], content_of(row), inline=row["inline"]) for row in rows]
    account.uploads[token] = {"made_ms": account.now_ms, "attachments": [row["id"] for row in made]}
    return [token]


def packed(files: Any) -> list[Row]:
    """What an act brings, as plain JSON: `{"name", "type", "base64", "inline"}`. Raises 400 for what is no file.

    A file is `{"name", "content"}` with text or bytes (or `base64`), and perhaps `"type"` and `"inline"`.
    """
    if not isinstance(files, list):
        raise bad_request("InvalidAct", 'attachments: a list of {"name", "type", "content"}')
    return [_packed(file) for file in files]


def _packed(file: Any) -> Row:
    if not isinstance(file, dict) or not file.get("name") or ("content" in file) is ("base64" in file):
        raise bad_request("InvalidAct", f'attachments: {file!r} is no {{"name", "type", "content" or "base64"}}')
    if "content" in file:
        content = file["content"].encode() if isinstance(file["content"], str) else bytes(file["content"])
        text = base64.b64encode(content).decode()
    else:
        text = str(file["base64"])
        try:
            base64.b64decode(text, validate=True)
        except ValueError:  # binascii.Error is one
            raise bad_request("InvalidAct", f"attachments: {file['name']} is not base64") from None
    kind = str(file.get("type") or "application/octet-stream")
    return {"name": str(file["name"]), "type": kind, "base64": text, "inline": bool(file.get("inline"))}


def received(account: Account, files: list[Row]) -> tuple[list[str], bool]:
    """Keep what a person sent (`packed`): the tokens to attach, and whether any was left out as too large."""
    fit, left_out = [], False
    for file in files:
        content = base64.b64decode(file["base64"])
        if len(content) > account.options.upload_limit:
            left_out = True
            continue
        fit.append(_add(account, file["name"], file["type"], content, inline=file["inline"])["id"])
    if not fit:
        return [], left_out
    token = f"{account.random.getrandbits(96):024x}"
    account.uploads[token] = {"made_ms": account.now_ms, "attachments": fit}
    return [token], left_out


def content_of(row: Row) -> bytes:
    return base64.b64decode(row["_content"])


def scan_result(account: Account, row: Row) -> str:
    """The scan takes a while; until then nobody knows."""
    if account.now_ms - row["_made_ms"] < account.options.scan_ms:
        return "not_scanned"
    return "malware_found" if row["_malware"] else "malware_not_found"


def rendered(account: Account, row: Row, base_url: str) -> Row:
    """An attachment as the API shows it."""
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    content_url = f"{base_url}/attachments/token/{row['_token']}/?name={quote(row['file_name'])}"
    return {
        **shown,
        "url": f"{base_url}/api/v2/attachments/{row['id']}.json",
        "content_url": content_url,
        "mapped_content_url": content_url,
        "malware_scan_result": scan_result(account, row),
    }


def of_event(account: Account, event: Row, base_url: str, *, inline: bool = True) -> Row:
    """A Comment event with its attachments in whole; inside the account it has their ids only."""
    rows = [account.attachments[number] for number in event["attachments"]]
    return {
        **event,
        "attachments": [rendered(account, row, base_url) for row in rows if inline or not row["inline"]],
    }


def of_audit(account: Account, audit: Row, base_url: str) -> Row:
    """An audit as the API shows it."""
    if not any(event.get("attachments") for event in audit["events"]):
        return audit
    events = [of_event(account, event, base_url) if event.get("attachments") else event for event in audit["events"]]
    return {**audit, "events": events}


def as_upload(account: Account, token: str, base_url: str) -> Row:
    """The reply to an upload: the file that was added last, and all of the token."""
    found = account.uploads[token]
    rows = [rendered(account, account.attachments[number], base_url) for number in found["attachments"]]
    expires_at = iso(found["made_ms"] + TOLD_LIFE_MS)
    return {"token": token, "expires_at": expires_at, "attachments": rows, "attachment": rows[-1]}
