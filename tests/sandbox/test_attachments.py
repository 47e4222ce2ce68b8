"""Files of comments: uploaded, attached, sent by customers, downloaded from another host."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Account, Server

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (80).to_bytes(4, "big") + (62).to_bytes(4, "big") + b"\x08\x02\0\0\0"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
KEYS = """url id file_name content_url mapped_content_url content_type size width height inline deleted
malware_access_override malware_scan_result thumbnails"""


def upload(api: Api, name: str = "crash.log", content: bytes = b"it broke", **query: str) -> requests.Response:
    return api.session.post(
        f"{api.base}/uploads.json",
        params={"filename": name, **query},
        data=content,
        headers={"Content-Type": "text/plain"},
    )


def attach(api: Api, ticket: int, uploads: Any, **comment: Any) -> requests.Response:
    said = {"body": "See the file", "public": False, "uploads": uploads, **comment}
    return api.put(f"/tickets/{ticket}", ticket={"comment": said})


def test_an_upload_answers_with_a_token_and_the_file(api: Api) -> None:
    reply = upload(api, "crash.png", PNG)

    found = reply.json()["upload"]
    assert reply.status_code == 201
    assert list(found["attachment"]) == KEYS.split()
    assert found["attachments"] == [found["attachment"]]
    assert (found["attachment"]["width"], found["attachment"]["height"]) == (80, 62)
    assert found["attachment"]["content_type"] == "text/plain"
    assert found["expires_at"] == "2026-11-26T09:00:00Z"
    assert api.get(f"/attachments/{found['attachment']['id']}.json").json()["attachment"] == found["attachment"]


def test_files_are_added_to_the_token_of_the_first(api: Api, ticket: int) -> None:
    token = upload(api, "one.txt").json()["upload"]["token"]

    more = upload(api, "two.txt", token=token).json()["upload"]

    assert more["token"] == token
    assert [file["file_name"] for file in more["attachments"]] == ["one.txt", "two.txt"]
    assert more["attachment"]["file_name"] == "two.txt"
    event = attach(api, ticket, token).json()["audit"]["events"][0]  # a plain text will do for a list
    assert [file["file_name"] for file in event["attachments"]] == ["one.txt", "two.txt"]


def test_an_attached_file_is_in_the_audit_the_comment_and_the_export(server: Server, api: Api, ticket: int) -> None:
    token = upload(api).json()["upload"]["token"]

    audit = attach(api, ticket, [token]).json()["audit"]
    server.clock.advance(300)

    (comment,) = api.get(f"/tickets/{ticket}/comments").json()["comments"][1:]
    (file,) = comment["attachments"]
    assert list(file) == KEYS.split()
    assert api.audits(ticket)[-1]["events"][0]["attachments"] == [file]
    assert audit["events"][0]["attachments"] == [{**file, "malware_scan_result": "not_scanned"}]
    exported = api.get("/incremental/ticket_events", start_time=0, include="comment_events").json()["ticket_events"]
    assert exported[-1]["child_events"][0]["attachments"] == [file]
    assert set(comment) >= {"via", "metadata", "html_body", "plain_body", "audit_id", "created_at", "public"}


def test_a_new_ticket_takes_files_with_it(api: Api) -> None:
    token = upload(api).json()["upload"]["token"]

    made = api.post("/tickets", ticket={"subject": "x", "comment": {"body": "y", "uploads": [token]}}).json()

    assert [file["size"] for file in made["audit"]["events"][0]["attachments"]] == [8]


@pytest.mark.parametrize(
    ("name", "content", "status", "error"),
    [
        ("big.bin", b"x" * 101, 422, "AttachmentTooLarge"),
        ("fits.bin", b"x" * 100, 201, None),
        ("empty.bin", b"", 422, "AttachmentUnprocessable"),
        ("", b"x", 400, "InvalidValue"),
    ],
)
def test_what_is_no_file_or_too_large_is_refused(
    account: Account, api: Api, name: str, content: bytes, status: int, error: str | None
) -> None:
    account.options.upload_limit = 100

    reply = upload(api, name, content)

    assert (reply.status_code, reply.json().get("error")) == (status, error)
    assert len(account.attachments) == (status == 201)


@pytest.mark.parametrize("case", ["unknown", "used before", "older than an hour", "discarded"])
def test_a_token_that_is_no_longer_good_is_refused_and_nothing_is_said(
    server: Server, api: Api, ticket: int, case: str
) -> None:
    token = upload(api).json()["upload"]["token"]
    match case:
        case "unknown":
            token = "0" * 24
        case "used before":
            assert attach(api, ticket, [token]).status_code == 200
        case "older than an hour":
            server.clock.advance(3600)
        case "discarded":
            assert api.delete(f"/uploads/{token}").status_code == 204
            assert api.delete(f"/uploads/{token}").status_code == 404
    before = api.audits(ticket)

    reply = attach(api, ticket, [token])

    assert reply.status_code == 422
    assert "is not a valid upload token" in reply.json()["details"]["uploads"][0]["description"]
    assert api.audits(ticket) == before


def test_a_token_is_good_for_just_under_an_hour(server: Server, api: Api, ticket: int) -> None:
    token = upload(api).json()["upload"]["token"]
    server.clock.advance(3599)

    assert attach(api, ticket, [token]).status_code == 200


def test_a_refused_update_does_not_use_the_token_up(api: Api, ticket: int) -> None:
    token = upload(api).json()["upload"]["token"]

    assert attach(api, ticket, [token], author_id=1).status_code == 422
    assert attach(api, ticket, [token], body="").status_code == 422  # files alone are no comment
    assert attach(api, ticket, [token]).status_code == 200


def test_a_held_upload_lands_whole(server: Server, api: Api) -> None:
    server.set_faults({"requests": [{"do": "land_late", "method": "POST", "path": "/uploads", "seconds": 30}]})
    with pytest.raises(requests.ConnectionError):
        upload(api, content=b"\xff\x00late")

    saved = server.save()
    server.load(saved)
    server.clock.advance(30)

    assert [row["size"] for row in server.account.attachments.values()] == [6]


# Customers


def test_a_mail_brings_its_files(server: Server, api: Api) -> None:
    files = [{"name": "Räk ning.pdf", "type": "application/pdf", "content": b"%PDF\xff"}, {"name": "a", "content": "b"}]

    done = server.act(EMILY, subject="Invoice", comment="Attached.", channel="email", attachments=files)

    (comment,) = api.get(f"/tickets/{done['ticket']}/comments").json()["comments"]
    assert [(file["file_name"], file["size"]) for file in comment["attachments"]] == [("Räk ning.pdf", 5), ("a", 1)]
    got = requests.get(comment["attachments"][0]["content_url"])
    assert (got.content, got.headers["Content-Type"]) == (b"%PDF\xff", "application/pdf")


def test_a_mail_of_a_file_and_nothing_else_is_a_comment(server: Server, api: Api, ticket: int) -> None:
    server.act(EMILY, ticket=ticket, channel="email", attachments=[{"name": "a.txt", "content": "b"}])

    comment = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    assert (comment["body"], len(comment["attachments"])) == ("(No text)", 1)


def test_files_of_a_later_mail_arrive_with_it(server: Server, api: Api, ticket: int) -> None:
    file = {"name": "a.txt", "content": b"later"}
    server.act(EMILY, ticket=ticket, comment="x", attachments=[file], at="2026-11-23T10:00:00Z")
    saved = server.save()
    server.load(saved)

    server.clock.advance(7200)

    (attached,) = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]["attachments"]
    assert requests.get(attached["content_url"]).content == b"later"


def test_a_file_that_is_too_large_is_left_out_and_the_comment_flagged(server: Server, api: Api, ticket: int) -> None:
    server.account.options.upload_limit = 3
    files = [{"name": "big", "content": "1234"}, {"name": "small", "content": "123"}]

    server.act(EMILY, ticket=ticket, comment="x", channel="email", attachments=files)

    comment = api.get(f"/tickets/{ticket}/comments").json()["comments"][-1]
    assert [file["file_name"] for file in comment["attachments"]] == ["small"]
    assert comment["metadata"]["flags"] == [5]


def test_images_within_the_text_are_listed_only_when_asked_for(server: Server, api: Api, ticket: int) -> None:
    file = {"name": "logo.png", "type": "image/png", "content": PNG, "inline": True}
    server.act(EMILY, ticket=ticket, comment="x", channel="email", attachments=[file])
    path = f"/tickets/{ticket}/comments"

    assert api.get(path).json()["comments"][-1]["attachments"] == []
    (shown,) = api.get(path, include_inline_images="true").json()["comments"][-1]["attachments"]
    assert shown["inline"] is True


@pytest.mark.parametrize(
    "files", ["a.txt", [{"name": "a"}], [{"content": "a"}], [{"name": "a", "base64": "§"}]], ids=str
)
def test_what_is_no_list_of_files_is_told(server: Server, files: Any) -> None:
    with pytest.raises(Exception, match="InvalidAct"):
        server.act(CLAIRE, subject="x", comment="y", attachments=files)

    assert server.account.tickets == {}


# Bytes


def the_file(server: Server, api: Api, content: bytes = b"bytes") -> dict[str, Any]:
    file = {"name": "a.txt", "type": "text/plain", "content": content}
    done = server.act(EMILY, subject="x", comment="y", channel="email", attachments=[file])
    found: dict[str, Any] = api.get(f"/tickets/{done['ticket']}/comments").json()["comments"][0]["attachments"][0]
    return found


def test_a_download_leads_to_another_host_where_credentials_are_noticed(server: Server, api: Api) -> None:
    url = the_file(server, api)["content_url"]

    first = requests.get(url, allow_redirects=False, auth=api.session.auth)
    careless = requests.get(first.headers["Location"], auth=api.session.auth)
    careful = requests.get(url, auth=api.session.auth)  # it drops them at the other host

    assert url.startswith(f"{server.url}/attachments/token/")
    assert (first.status_code, first.content) == (302, b"")
    assert not first.headers["Location"].startswith(server.url)
    assert careless.content == careful.content == b"bytes"
    seen = [(row["host"], row["credentials"], row["status"]) for row in server.downloads()]
    assert seen == [("account", True, 302), ("content", True, 200), ("account", True, 302), ("content", False, 200)]
    assert requests.get(f"{server.control_url}/downloads").json()["downloads"] == server.downloads()


def test_private_files_are_for_those_who_are_signed_in(server: Server, api: Api) -> None:
    server.account.options.private_attachments = True
    url = the_file(server, api)["content_url"]

    assert requests.get(url).status_code == 401
    assert requests.get(url, auth=api.session.auth).content == b"bytes"


def test_the_scan_takes_a_while_and_malware_is_not_given_out(server: Server, api: Api, admin: Api) -> None:
    file = the_file(server, api, EICAR)
    path = f"/attachments/{file['id']}"
    assert file["malware_scan_result"] == "not_scanned"
    assert requests.get(file["content_url"]).status_code == 200

    server.clock.advance(3)

    assert api.get(path).json()["attachment"]["malware_scan_result"] == "malware_found"
    assert requests.get(file["content_url"]).status_code == 403
    assert admin.put(path, attachment={"malware_access_override": True}).status_code == 200
    assert requests.get(file["content_url"]).content == EICAR


@pytest.mark.parametrize("path", ["attachments/token/0", "attachment/22129848/0", "attachment/1/x", "attachments/1"])
def test_nothing_else_is_served_outside_the_api(server: Server, path: str) -> None:
    assert requests.get(f"{server.url}/{path}").status_code == 404


def test_files_are_saved_with_the_account(server: Server, api: Api) -> None:
    url = the_file(server, api)["content_url"]
    upload(api)
    saved = server.save()

    assert Account.from_json(saved).to_json() == saved
    server.load(saved)
    assert requests.get(url).content == b"bytes"
