"""Tickets, their audits and comments, as the API shows them."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import CLAIRE, EMILY, Api
from zdsync.sandbox import Server

RECORDED_ORDER = """
url id external_id via created_at updated_at type subject raw_subject description priority status recipient
requester_id submitter_id assignee_id organization_id group_id collaborator_ids follower_ids email_cc_ids
forum_topic_id problem_id has_incidents is_public due_at tags custom_fields satisfaction_rating
sharing_agreement_ids custom_status_id fields followup_ids ticket_form_id brand_id allow_channelback
allow_attachments from_messaging_channel
"""


def note(body: str = "note", **more: Any) -> dict[str, Any]:
    return {"comment": {"body": body, "public": False}, **more}


def test_a_ticket_has_the_keys_of_recordings_in_their_order(api: Api, ticket: int) -> None:
    shown = api.ticket(ticket)

    recorded = RECORDED_ORDER.split()
    assert list(shown)[: len(recorded)] == recorded
    assert shown["url"] == f"{api.base}/tickets/{ticket}.json"
    assert shown["fields"] == shown["custom_fields"]
    assert shown["updated_at"] == "2026-11-23T09:00:00Z"
    assert (shown["status"], shown["priority"], shown["via"]["channel"]) == ("new", "high", "email")


def test_creating_answers_201_with_a_location_the_ticket_and_its_audit(api: Api) -> None:
    reply = api.post("/tickets.json", ticket={"subject": "Hi", "comment": {"body": "Text"}, "requester": EMILY})

    assert reply.status_code == 201
    assert reply.headers["Location"] == f"{api.base}/tickets/1.json"
    audit = reply.json()["audit"]
    assert audit["events"][0]["type"] == "Comment"
    created = [event["field_name"] for event in audit["events"] if event["type"] == "Create"]
    assert created[:9] == [
        "subject",
        "requester_id",
        "priority",
        "type",
        "status",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
    ]
    requester = next(event for event in audit["events"] if event.get("field_name") == "requester_id")
    assert requester["value"] == str(reply.json()["ticket"]["requester_id"])


def test_an_unknown_requester_address_becomes_a_customer(api: Api) -> None:
    body = {"comment": {"body": "x"}, "requester": {"name": "Nora New", "email": "nora@northgate.example"}}

    made = api.post("/tickets", ticket=body).json()["ticket"]

    user = api.get(f"/users/{made['requester_id']}").json()["user"]
    assert (user["name"], user["role"]) == ("Nora New", "end-user")
    assert user["organization_id"] == made["organization_id"] is not None


def test_without_text_nothing_is_created(api: Api) -> None:
    reply = api.post("/tickets", ticket={"subject": "Hi"})

    assert reply.status_code == 422
    assert reply.json()["details"]["description"][0]["description"] == "Description: cannot be blank"
    assert api.get("/tickets/count").json()["count"]["value"] == 0


def test_an_update_answers_with_the_audit_of_just_this_change(api: Api, ticket: int) -> None:
    reply = api.put(f"/tickets/{ticket}.json", ticket=note(additional_tags=["vip"], metadata={"key": "value"}))

    audit = reply.json()["audit"]
    assert [event["type"] for event in audit["events"]] == ["Comment", "Change"]
    assert audit["events"][1]["value"] == ["vip"]
    assert audit["events"][1]["previous_value"] == []
    assert audit["metadata"]["custom"] == {"key": "value"}
    assert set(audit["metadata"]["system"]) == {"client", "ip_address", "location", "latitude", "longitude"}
    assert audit == api.audits(ticket)[-1]
    assert reply.json()["ticket"]["updated_at"] == "2026-11-23T09:01:00Z"


def test_an_update_that_changes_nothing_leaves_no_audit_and_no_metadata(server: Server, api: Api, ticket: int) -> None:
    before = api.audits(ticket), api.ticket(ticket)
    server.clock.advance(5)

    reply = api.put(f"/tickets/{ticket}", ticket={"priority": "high", "tags": [], "metadata": {"key": "value"}})

    assert reply.status_code == 200
    assert reply.json()["audit"]["events"] == []
    assert (api.audits(ticket), api.ticket(ticket)) == before


def test_metadata_above_a_kilobyte_is_refused(api: Api, ticket: int) -> None:
    fits, too_big = {"k": "x" * (1024 - 8)}, {"k": "x" * (1024 - 7)}

    assert api.put(f"/tickets/{ticket}", ticket=note(metadata=fits)).status_code == 200
    assert api.put(f"/tickets/{ticket}", ticket=note(metadata=too_big)).status_code == 422


def test_an_omitted_public_takes_the_first_comments_value(server: Server, api: Api, ticket: int) -> None:
    reply = api.put(f"/tickets/{ticket}", ticket={"comment": {"body": "meant for agents"}})

    assert reply.json()["audit"]["events"][0]["public"] is True
    assert [mail["to"] for mail in server.outbox()][-1] == EMILY


def test_an_internal_note_mails_no_customer(server: Server, api: Api, ticket: int) -> None:
    before = server.outbox()

    api.put(f"/tickets/{ticket}", ticket=note())

    assert server.outbox() == before


def test_a_description_after_creation_is_silently_ignored(api: Api, ticket: int) -> None:
    reply = api.put(f"/tickets/{ticket}", ticket={"description": "other"})

    assert reply.json()["ticket"]["description"] == "It says no."
    assert "x-zendesk-api-warn" not in reply.headers


def test_unknown_keys_are_ignored_and_named_in_a_header(api: Api, ticket: int) -> None:
    reply = api.put(f"/tickets/{ticket}", ticket=note(id=7, nonsense=1))

    assert reply.status_code == 200
    assert '"ticket.id", "ticket.nonsense"' in reply.headers["x-zendesk-api-warn"]


def test_comments_carry_what_audit_events_lack(api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}", ticket=note("an <internal> note"))

    comments = api.get(f"/tickets/{ticket}/comments").json()["comments"]

    assert [comment["public"] for comment in comments] == [True, False]
    assert comments[1]["created_at"] == "2026-11-23T09:01:00Z"
    assert comments[1]["html_body"] == (
        '<div class="zd-comment" dir="auto"><p dir="auto">an &lt;internal&gt; note</p></div>'
    )
    assert comments[1]["via"]["channel"] == "api"


def test_the_author_named_on_a_comment_is_shown_but_the_updater_is_the_caller(
    server: Server, api: Api, ticket: int
) -> None:
    claire = server.account.user_by_email(CLAIRE)
    assert claire is not None

    audit = api.put(
        f"/tickets/{ticket}", ticket={"comment": {"body": "x", "public": False, "author_id": claire["id"]}}
    ).json()["audit"]

    assert audit["events"][0]["author_id"] == claire["id"]
    assert audit["author_id"] == api.get("/users/me").json()["user"]["id"]


def test_placeholders_in_a_comment_are_rendered(api: Api, ticket: int) -> None:
    body = "{{ticket.id}} {{ticket.priority}} {{ticket.requester.first_name}} {{ticket.nothing}}|"

    audit = api.put(f"/tickets/{ticket}", ticket=note(body)).json()["audit"]

    assert audit["events"][0]["body"] == "1 High Emily |"


def test_custom_fields_keep_what_their_type_holds(server: Server, api: Api, ticket: int) -> None:
    field = api.post("/ticket_fields", ticket_field={"type": "integer", "title": "Seats"}).json()["ticket_field"]

    assert (
        api.put(f"/tickets/{ticket}", ticket={"custom_fields": [{"id": field["id"], "value": "x"}]}).status_code == 422
    )
    reply = api.put(f"/tickets/{ticket}", ticket={"custom_fields": [{"id": field["id"], "value": "7"}, {"id": 1}]})

    assert {"id": field["id"], "value": 7} in reply.json()["ticket"]["custom_fields"]
    change = reply.json()["audit"]["events"]
    assert [(event["field_name"], event["value"], event["previous_value"]) for event in change] == [
        (str(field["id"]), 7, None)
    ]


def test_tags_are_lower_case_sorted_and_without_doubles(api: Api, ticket: int) -> None:
    api.put(f"/tickets/{ticket}", ticket={"tags": ["Zulu", "alpha", "zulu"]})

    reply = api.put(f"/tickets/{ticket}", ticket={"additional_tags": ["mike"], "remove_tags": ["zulu"]})

    assert reply.json()["ticket"]["tags"] == ["alpha", "mike"]


def test_the_tag_endpoints_add_replace_and_remove(api: Api, ticket: int) -> None:
    assert api.put(f"/tickets/{ticket}/tags", tags=["a", "b"]).json() == {"tags": ["a", "b"]}
    replaced = api.post(f"/tickets/{ticket}/tags", tags=["c", "d"])
    assert (replaced.status_code, replaced.json()) == (201, {"tags": ["c", "d"]})
    assert api.delete(f"/tickets/{ticket}/tags", tags=["c"]).json() == {"tags": ["d"]}


def test_a_deleted_ticket_is_gone_but_for_the_exports(server: Server, api: Api, ticket: int) -> None:
    reply = api.delete(f"/tickets/{ticket}.json")

    assert (reply.status_code, reply.content) == (204, b"")
    assert api.get(f"/tickets/{ticket}").json() == {"error": "RecordNotFound", "description": "Not found"}
    assert api.get("/tickets").json()["tickets"] == []
    server.clock.advance(120)
    exported = api.get("/incremental/tickets/cursor.json", start_time=0).json()["tickets"]
    assert [row["status"] for row in exported] == ["deleted"]
    assert api.get("/incremental/tickets/cursor.json", start_time=0, exclude_deleted="true").json()["tickets"] == []


def test_side_loads_come_beside_the_ticket(api: Api, ticket: int) -> None:
    reply = api.get(f"/tickets/{ticket}", include="users,organizations").json()

    assert [user["email"] for user in reply["users"]] == [EMILY]
    assert [org["name"] for org in reply["organizations"]] == ["Northgate Research"]


def test_the_same_idempotency_key_gives_the_first_reply_again(server: Server, api: Api) -> None:
    body = {"comment": {"body": "once"}, "subject": "Notice"}
    key = {"Idempotency-Key": "campaign-1:contact-2"}

    first = api.post("/tickets", headers=key, ticket=body)
    again = api.post("/tickets", headers=key, ticket=body)
    other = api.post("/tickets", headers=key, ticket={**body, "subject": "Other"})

    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert again.json() == first.json()
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    assert api.get("/tickets/count").json()["count"]["value"] == 1
    server.clock.advance(2 * 3600)
    assert api.post("/tickets", headers=key, ticket=body).json()["ticket"]["id"] == 2


def test_broken_json_and_a_missing_object_are_400(api: Api, ticket: int) -> None:
    broken = api.session.put(f"{api.base}/tickets/{ticket}", data="{", headers={"Content-Type": "application/json"})

    assert broken.status_code == 400
    assert api.put(f"/tickets/{ticket}", tickets={}).status_code == 400
