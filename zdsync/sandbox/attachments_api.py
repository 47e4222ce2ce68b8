"""The endpoints of uploads and attachments, and the two hosts that lead to a file's bytes.

A `content_url` is on the account's host, which sends the client on to the host that has the files (another name of
this machine). What goes there must carry no credentials: every download is kept in `Account.downloads` with whether
it did, and the file is served all the same, as a stranger's host would.
"""

from __future__ import annotations

from urllib.parse import quote

from zdsync.sandbox import attachments
from zdsync.sandbox.auth import authenticate
from zdsync.sandbox.base import Row, as_bool, iso_ms
from zdsync.sandbox.errors import ApiError, bad_request, forbidden, not_authenticated, not_found
from zdsync.sandbox.http import Call, Reply, route


@route("POST /uploads")
def upload(call: Call) -> Reply:
    """`filename` and perhaps `token` in the query, the file as the body."""
    name = call.one("filename")
    if not name:
        raise bad_request("InvalidValue", "filename is required")
    content_type = call.headers.get("content-type", "").partition(";")[0]
    token = attachments.upload(call.account, name, content_type, call.raw_bytes, call.one("token") or None)
    shown = attachments.as_upload(call.account, token, call.base_url)
    return Reply(201, {"upload": shown}, {"Location": shown["attachment"]["url"]})


@route("DELETE /uploads/{token}")
def discard(call: Call) -> Reply:
    if not attachments.discard(call.account, call.params["token"]):
        raise not_found()
    return Reply(204)


@route("GET /attachments/{id}")
def show(call: Call) -> Reply:
    return Reply(200, {"attachment": attachments.rendered(call.account, _found(call), call.base_url)})


@route("PUT /attachments/{id}", who="admin")
def override(call: Call) -> Reply:
    """An admin lets agents download what the scan found to be malware, or no longer."""
    row = _found(call)
    given = call.object("attachment")
    row["malware_access_override"] = as_bool(given.get("malware_access_override"))
    return Reply(200, {"attachment": attachments.rendered(call.account, row, call.base_url)})


def _found(call: Call) -> Row:
    row = call.account.attachments.get(call.id)
    if row is None:
        raise not_found()
    return row


# The bytes, outside `/api/v2`


def content_host(host: str) -> str:
    """The host that has the files: the other name of this machine, so that a client sees two hosts."""
    name, colon, port = host.partition(":")
    return f"{'127.0.0.1' if name != '127.0.0.1' else 'localhost'}{colon}{port}"


def download(call: Call) -> Reply | None:
    """The reply to a request for a file on either host; None when the path is none of a file's.

    `/attachments/token/{token}/` redirects, `/attachment/{account}/{token}` serves.
    """
    parts = call.path.strip("/").split("/")
    redirects = parts[:2] == ["attachments", "token"] and len(parts) == 3
    serves = parts[0] == "attachment" and len(parts) == 3 and parts[1] == str(call.account.options.account_id)
    if call.method != "GET" or not (redirects or serves):
        return None
    row = next((row for row in call.account.attachments.values() if row["_token"] == parts[2]), None)
    try:
        reply = _sent(call, row, redirects=redirects)
    except ApiError as error:
        reply = Reply(error.status, error.body)
    call.account.downloads.append(
        {
            "at": iso_ms(call.account.now_ms),
            "attachment": row["id"] if row else None,
            "host": "account" if redirects else "content",
            "credentials": "authorization" in call.headers or "cookie" in call.headers,
            "status": reply.status,
        }
    )
    return reply


def _sent(call: Call, row: Row | None, *, redirects: bool) -> Reply:
    if row is None:
        raise not_found()
    if redirects and call.account.options.private_attachments:
        user, _ = authenticate(call.account, call.headers.get("authorization"))
        if not user:
            raise not_authenticated()
    if attachments.scan_result(call.account, row) == "malware_found" and not row["malware_access_override"]:
        raise forbidden("Malware was found in this attachment.")
    if redirects:
        host = content_host(call.base_url.partition("://")[2])
        scheme = call.base_url.partition("://")[0]
        where = f"{scheme}://{host}/attachment/{call.account.options.account_id}/{row['_token']}"
        return Reply(302, "", {"Location": f"{where}?name={quote(row['file_name'])}"}, "text/html; charset=utf-8")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['file_name'])}"}
    return Reply(200, attachments.content_of(row), headers, row["content_type"])
