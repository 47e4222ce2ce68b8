"""Zendesk's shapes, recorded and odd ones, become our values; an update becomes exactly the body that was meant."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zendesk.builders import NOW, a_change, a_comment, a_ticket, an_audit
from zdsync.core.model import Change, Message, Update
from zdsync.zendesk import convert
from zdsync.zendesk.convert import Unreadable

RULE = {"channel": "rule", "source": {"to": {}, "from": {"id": 35, "title": "Assign"}, "rel": "trigger"}}


def test_a_ticket_is_read_with_its_stamp_ids_tags_and_fields() -> None:
    ticket = convert.ticket(a_ticket())
    assert (ticket.id, ticket.status, ticket.priority, ticket.channel) == (4013, "open", "high", "email")
    assert ticket.updated_at == datetime(2026, 11, 24, 9, 12, 7, tzinfo=UTC)
    assert ticket.tags == {"billing", "vip"}
    assert ticket.fields == {100: None, 101: "2026-11-24 12:00"}
    assert (ticket.form_id, ticket.custom_status_id) == (40, 900)


def test_a_list_row_without_the_second_list_of_fields_is_read_alike() -> None:
    raw = a_ticket()
    del raw["fields"]
    assert convert.ticket(raw) == convert.ticket(a_ticket())


def test_an_unset_priority_and_an_unknown_one_are_none() -> None:
    assert convert.ticket(a_ticket(priority=None)).priority is None
    assert convert.ticket(a_ticket(priority="burning")).priority is None


def test_a_multiselect_value_is_a_tuple_and_an_object_is_left_out() -> None:
    fields = [{"id": 1, "value": ["a", "b"]}, {"id": 2, "value": {"x": 1}}, {"id": 3, "value": True}, "odd", {}]
    assert convert.ticket(a_ticket(custom_fields=fields)).fields == {1: ("a", "b"), 3: True}


@pytest.mark.parametrize(
    "changed", [{"id": None}, {"updated_at": None}, {"updated_at": "today"}, {"status": "melting"}, {"status": None}]
)
def test_a_ticket_without_what_everything_rests_on_is_unreadable(changed: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        convert.ticket(a_ticket(**changed))


def test_a_reply_in_an_audit_is_a_comment_without_its_text() -> None:
    audit = convert.audit(an_audit())
    (comment,) = audit.comments
    assert (comment.id, comment.author_id, comment.public, comment.flags) == (777, 7, True, frozenset())
    assert "private words" not in repr(audit)
    assert audit.unusable == ()


def test_trust_flags_stand_in_the_metadata_of_the_audit() -> None:
    audit = convert.audit(an_audit(metadata={"system": {}, "custom": {}, "flags": [4, 2], "flags_options": {}}))
    assert audit.comments[0].flags == {2, 4}


def test_a_change_of_status_with_custom_statuses_gives_both_changes() -> None:
    events = [
        a_change(),
        a_change(field_name="custom_status_id", value="901", previous_value=900),
    ]
    assert convert.audit(an_audit(events=events)).changes == (
        Change("status", "pending", "open"),
        Change("custom_status_id", 901, 900),
    )


def test_a_change_by_a_trigger_inside_somebodys_update_is_marked() -> None:
    events = [a_change(), a_change(field_name="priority", value="high", previous_value=None, via=RULE)]
    assert [change.by_rule for change in convert.audit(an_audit(events=events)).changes] == [False, True]


def test_what_a_macro_fills_in_is_the_agents_own() -> None:
    via = {"channel": "rule", "source": {"to": {}, "from": {"id": 35, "title": "Close anyway"}, "rel": "macro"}}
    events = [
        {"id": 1, "type": "Change", "field_name": "status", "value": "solved", "previous_value": "open", "via": via}
    ]
    assert not convert.audit(an_audit(events=events)).changes[0].by_rule


def test_an_automation_by_itself_makes_only_changes_by_rule() -> None:
    audit = convert.audit(an_audit(via=RULE, author_id=-1, events=[a_change()]))
    assert (audit.channel, audit.author_id, audit.changes[0].by_rule) == ("rule", -1, True)


VALUES: dict[str, tuple[str, object, object]] = {
    "an id as a string": ("assignee_id", "6130907993114", 6130907993114),
    "an id that was emptied": ("assignee_id", "", None),
    "no id": ("group_id", None, None),
    "tags as a list": ("tags", ["a", "b"], ("a", "b")),
    "tags as words": ("tags", "a b", ("a", "b")),
    "a status in capitals": ("status", "OPEN", "open"),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_changes(name: str) -> None:
    field, value, expected = VALUES[name]
    create = {"id": 1, "type": "Create", "value": value, "field_name": field}
    (change,) = convert.audit(an_audit(events=[create])).changes
    assert (change.field, change.value, change.previous) == (field, expected, None)


@pytest.mark.parametrize("field", ["subject", "description", "360012345", "satisfaction_comment", "sla_policy"])
def test_what_customers_type_is_not_kept(field: str) -> None:
    """Histories are cached: the words of subjects, custom fields and whatever else comes are in none."""
    events = [{"id": 1, "type": "Create", "value": "words", "field_name": field}, a_change(field_name=field, value="w")]
    audit = convert.audit(an_audit(events=events))
    assert (audit.changes, audit.unusable) == ((), ())


def test_of_a_custom_field_it_is_kept_that_it_was_changed() -> None:
    events = [a_change(field_name="360012345", value="w"), a_change(field_name="status", value="open"), a_comment()]
    audit = convert.audit(an_audit(events=events))
    assert audit.fields == {360012345}
    assert [change.field for change in audit.changes] == ["status"]


@pytest.mark.parametrize(
    "changed", [{"metadata": {"flags": [2]}}, {"via": {"channel": "email"}}], ids=["of an outsider", "by mail"]
)
def test_no_command_is_read_where_nobody_commands(changed: dict[str, object]) -> None:
    note = a_comment(public=False, plain_body="/zdsync close")
    assert convert.audit(an_audit(events=[note])).comments[0].command == "close"
    assert convert.audit(an_audit(events=[note], **changed)).comments[0].command == ""


ODD_EVENTS: dict[str, tuple[object, str]] = {
    "an unknown type": ({"id": 1, "type": "TeleportEvent"}, "event type TeleportEvent"),
    "no type": ({"id": 1}, "an event without a type"),
    "no event at all": ("hello", "an event without a type"),
    "a change without a field": (a_change(field_name=None), "a Change event without a field name"),
    "an object as a value": (a_change(field_name="priority", value={"minutes": 5}), "the value of priority"),
    "an id that is none": (a_change(field_name="assignee_id", value="nobody"), "the value of assignee_id"),
    "a comment without an id": (a_comment(id=None), "a comment without an id or author"),
    "a comment that hides whether it is public": (a_comment(public=None), "whether comment 777 is public"),
}


@pytest.mark.parametrize("name", ODD_EVENTS)
def test_what_cannot_be_used_is_named_and_the_rest_is_read(name: str) -> None:
    event, words = ODD_EVENTS[name]
    audit = convert.audit(an_audit(events=[event, a_change()]))
    assert audit.unusable == (words,)
    assert audit.changes[-1] == Change("status", "pending", "open")


def test_a_comment_that_hides_whether_it_is_public_does_not_count_as_an_answer() -> None:
    assert not convert.audit(an_audit(events=[a_comment(public=None)])).comments[0].public


ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "a clear yes": ({"plain_body": "Oui, c'est résolu, merci."}, "yes"),
    "a mere yes": ({"plain_body": "Yes, thanks"}, "bare yes"),
    "a no": ({"plain_body": "No, still broken"}, "no"),
    "a yes that is quoted": ({"plain_body": "> Yes, it is solved"}, "other"),
    "no plain text, so the one with Markdown": ({"plain_body": None, "body": "**Yes**, it is solved"}, "yes"),
    "the plain text where both are there": ({"plain_body": "No.", "body": "Yes, it is solved"}, "no"),
    "no text at all": ({"plain_body": None, "body": None}, "other"),
    "a text that is none": ({"plain_body": 7, "body": ["yes"]}, "other"),
    "a yes among agents": ({"plain_body": "Yes, it is solved", "public": False}, "other"),
    "a yes that hides whether it is public": ({"plain_body": "Yes, it is solved", "public": None}, "other"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_of_a_public_comment_only_what_it_answers_is_kept(name: str) -> None:
    changed, answer = ANSWERS[name]
    audit = convert.audit(an_audit(events=[a_comment(**changed)]))
    assert (audit.comments[0].answer, audit.comments[0].command) == (answer, "")
    assert "olved" not in repr(audit)


COMMANDS: dict[str, tuple[dict[str, Any], str]] = {
    "a command": ({"plain_body": "/zdsync close"}, "close"),
    "with its reason": ({"plain_body": "/zdsync close Confirmed by phone"}, "close Confirmed by phone"),
    "in capitals, with many blanks": ({"plain_body": "  /ZDsync \u00a0 snooze   4h \r\nsecret"}, "snooze 4h"),
    "and other lines below": ({"plain_body": "/zdsync exempt\nbecause of secret"}, "exempt"),
    "a very long one": ({"plain_body": "/zdsync close " + "x" * 5000}, "close " + "x" * 114),
    "no words behind it": ({"plain_body": "/zdsync\nclose"}, ""),
    "another word": ({"plain_body": "/zdsynced close"}, ""),
    "not in the beginning": ({"plain_body": "please /zdsync close"}, ""),
    "not on the first line": ({"plain_body": "secret\n/zdsync close"}, ""),
    "said to the customer": ({"plain_body": "/zdsync close", "public": True}, ""),
    "a note that hides whether it is one": ({"plain_body": "/zdsync close", "public": None}, ""),
    "no text": ({"plain_body": None, "body": None}, ""),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_of_a_note_only_a_command_is_kept(name: str) -> None:
    changed, command = COMMANDS[name]
    audit = convert.audit(an_audit(events=[a_comment(**{"public": False, **changed})]))
    assert (audit.comments[0].command, audit.comments[0].answer) == (command, "other")
    assert "secret" not in repr(audit)


RESTRICTED: dict[str, tuple[dict[str, Any], bool]] = {
    "internal": ({"plain_body": "[internal] secret"}, True),
    "restricted, alone on its line": ({"plain_body": "[Restricted]\nsecret"}, True),
    "confidentiel": ({"plain_body": "  [CONFIDENTIEL] secret"}, True),
    "interne": ({"plain_body": "[interne] secret"}, True),
    "with a sign": ({"plain_body": "#internal: secret"}, True),
    "a command": ({"plain_body": "/zdsync snooze 4h"}, True),
    "a command without words": ({"plain_body": "/zdsync"}, True),
    "another word with a sign": ({"plain_body": "#internally secret"}, False),
    "another word like the command": ({"plain_body": "/zdsynced"}, False),
    "without brackets": ({"plain_body": "internal: secret"}, False),
    "in the middle": ({"plain_body": "secret [internal]"}, False),
    "on another line": ({"plain_body": "secret\n[internal]"}, False),
    "nothing": ({"plain_body": "secret"}, False),
    "said to the customer": ({"plain_body": "[internal] secret", "public": True}, False),
    "a note that hides whether it is one": ({"plain_body": "[internal] secret", "public": None}, False),
}


@pytest.mark.parametrize("name", RESTRICTED)
def test_of_a_note_it_is_kept_whether_it_is_marked_as_not_for_the_customer(name: str) -> None:
    changed, restricted = RESTRICTED[name]
    audit = convert.audit(an_audit(events=[a_comment(**{"public": False, **changed})]))
    assert audit.comments[0].restricted is restricted
    assert "secret" not in repr(audit)


UPDATES: dict[str, tuple[dict[str, Any], bool]] = {
    "a public comment": ({"plain_body": "We look into it."}, True),
    "a note": ({"plain_body": "We look into it.", "public": False}, False),
    "an automatic mail": ({"plain_body": "I am out of the office until Monday."}, False),
    "nothing": ({"plain_body": None, "body": None}, False),
}


@pytest.mark.parametrize("name", UPDATES)
def test_public_comments_have_a_fingerprint(name: str) -> None:
    changed, kept = UPDATES[name]
    (comment,) = convert.audit(an_audit(events=[a_comment(**changed)])).comments
    assert bool(comment.fingerprint) is kept


def test_what_opens_the_ticket_has_no_fingerprint() -> None:
    events = [{"id": 1, "type": "Create", "field_name": "subject", "value": "Export"}, a_comment()]
    (comment,) = convert.audit(an_audit(events=events)).comments
    assert comment.fingerprint == ""


def test_known_events_without_meaning_and_a_privacy_change_leave_no_trace() -> None:
    events = [
        {"id": 1, "type": "Notification", "via": RULE, "subject": "s", "body": "b", "recipients": [21]},
        {"id": 2, "type": "CommentPrivacyChange", "comment_id": 777, "public": False},
        a_comment(),
    ]
    audit = convert.audit(an_audit(events=events))
    assert (audit.unusable, audit.changes, audit.comments[0].public) == ((), (), True)


METADATA: dict[str, tuple[object, tuple[str, ...], bool]] = {
    "keys": ({"custom": {"zdsync_keys": "warn:1:75 warn:1:90"}}, ("warn:1:75", "warn:1:90"), True),
    "no keys": ({"custom": {"time_spent": "4m"}}, (), True),
    "an empty text": ({"custom": {"zdsync_keys": ""}}, (), True),
    "a list of keys": ({"custom": {"zdsync_keys": ["a:1:x", "b:1:y"]}}, ("a:1:x", "b:1:y"), True),
    "a number": ({"custom": {"zdsync_keys": 5}}, (), False),
    "an object": ({"custom": {"zdsync_keys": {"a": 1}}}, (), False),
    "custom is a text": ({"custom": "hello"}, (), True),
    "custom is a list": ({"custom": ["zdsync_keys"]}, (), True),
    "custom is null": ({"custom": None, "flags": None}, (), True),
    "metadata is null": (None, (), True),
    "metadata is a list": ([], (), True),
}


@pytest.mark.parametrize("name", METADATA)
def test_keys_in_metadata_of_any_shape(name: str) -> None:
    metadata, keys, usable = METADATA[name]
    audit = convert.audit(an_audit(metadata=metadata))
    assert audit.keys == keys
    assert (audit.unusable == ()) is usable


def test_an_audit_without_events_says_so() -> None:
    assert convert.audit(an_audit(events=None)).unusable == ("events are missing",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["id", "type", "field_name", "value", "previous_value", "public", "author_id", "via", "metadata"]
)
types = st.sampled_from(["Change", "Create", "Comment", "Error"]) | json_values
odd_events = st.dictionaries(names, json_values, max_size=6).flatmap(
    lambda event: types.map(lambda kind: {**event, "type": kind})
)


@given(events=st.lists(odd_events | json_values, max_size=4) | json_values, metadata=json_values, via=json_values)
def test_no_event_whatever_makes_an_audit_unreadable(events: object, metadata: object, via: object) -> None:
    assert convert.audit(an_audit(events=events, metadata=metadata, via=via)).id == 555


@given(raw=st.dictionaries(st.sampled_from(sorted(a_ticket())), json_values, max_size=5))
def test_an_odd_ticket_is_read_or_unreadable(raw: dict[str, Any]) -> None:
    with contextlib.suppress(Unreadable):
        convert.ticket(a_ticket(**raw))


OPENS: list[dict[str, Any]] = [
    {"id": 1, "type": "Create", "field_name": "subject", "value": "Login refused"},
    {"id": 2, "type": "Create", "field_name": "requester_id", "value": "7"},
]
TOLD = "It says so since 9 am. You can reach me at 06 12 34 56 78."


def read_intake_of(**changed: Any) -> Any:
    return convert.audit(an_audit(**changed)).comments[0].intake


def test_what_opens_a_ticket_is_read_for_an_intake_below_its_subject() -> None:
    intake = read_intake_of(events=[a_comment(plain_body=TOLD), *OPENS])
    assert (intake.kind, intake.phone, intake.when_in) == ("malfunction", "text", "text")
    assert read_intake_of(events=[a_comment(plain_body=TOLD), OPENS[1]]).description is None, "the subject says it"
    assert intake.description == "text"


def test_later_public_comments_are_read_too() -> None:
    """An answer in any form counts. Who has written it is not known here."""
    assert read_intake_of(events=[a_comment(plain_body=TOLD)]).phone == "text"
    late = "word " * convert.INTAKE_LENGTH + "06 12 34 56 78"
    assert read_intake_of(events=[a_comment(plain_body=late)]).phone is None, "not all of a long one"


UNREAD: list[Any] = [
    pytest.param([a_comment(public=False)], id="a note"),
    pytest.param([a_comment(type="VoiceComment")], id="a call"),
    pytest.param([a_comment(plain_body="I am out of the office until Monday.")], id="automatic mail"),
    pytest.param([a_comment(author_id=8), *OPENS], id="opened by somebody else"),
]


@pytest.mark.parametrize("events", UNREAD)
def test_what_tells_of_no_request_is_not_read_for_an_intake(events: list[dict[str, Any]]) -> None:
    assert read_intake_of(events=events) is None


def test_files_are_counted() -> None:
    comment = a_comment(attachments=[{"id": 1}, {"id": 2, "inline": True}])
    assert convert.audit(an_audit(events=[comment])).comments[0].files == 2
    assert convert.audit(an_audit(events=[a_comment(attachments=None)])).comments[0].files == 0


def test_of_phone_and_mail_it_is_only_known_that_there_is_one() -> None:
    known = convert.person({"id": 7, "role": "end-user", "phone": "+33612345678", "email": "a@b.example"})
    assert (known.phone, known.email) == (True, True)
    assert "336" not in repr(known)
    unknown = convert.person({"id": 7, "role": "end-user", "phone": None, "email": ""})
    assert (unknown.phone, unknown.email) == (False, False)


@pytest.mark.parametrize(
    ("written", "locale"),
    [
        ("fr-CA", "fr-CA"),
        ("pt_BR", "pt_BR"),
        ("es-419", "es-419"),
        ("zh-hans-tw", "zh-hans-tw"),
        ("en-US-x-12", "en-US-x-12"),
    ]
    + [(odd, "en") for odd in ("", None, 7, "../../etc/passwd", "{{7*7}}", "fr\x00", "x" * 60_000, "fr-" * 9_000)],
)
def test_what_is_no_locale_is_english(written: object, locale: str) -> None:
    assert convert.person({"id": 7, "locale": written}).locale == locale


def test_a_person_has_a_locale_a_zone_and_a_role() -> None:
    raw = {"id": 7, "role": "agent", "locale": "fr", "time_zone": "Paris", "iana_time_zone": "Europe/Paris"}
    person = convert.person({**raw, "organization_id": 5, "suspended": False})
    assert (person.role, person.locale, person.time_zone, person.organization_id) == ("agent", "fr", "Europe/Paris", 5)


@pytest.mark.parametrize("zone", ["Pacific Time (US & Canada)", None, "", "../etc/passwd", "x" * 300, 5])
def test_a_zone_that_is_no_iana_name_is_utc(zone: object) -> None:
    assert convert.person({"id": 7, "role": "agent", "time_zone": zone}).time_zone == "UTC"


def test_an_unknown_role_makes_nobody_staff() -> None:
    assert convert.person({"id": 7, "role": "wizard"}).role == "end-user"


def test_an_update_is_stamped_keyed_and_says_nothing_else() -> None:
    ticket = convert.ticket(a_ticket())
    update = Update(
        fields={101: "later", 100: ("a",)},
        add_tags=frozenset({"sla_warned"}),
        remove_tags=frozenset({"vip"}),
        message=Message("agents", "Due soon"),
        keys=("warn:555:75", "set:555:first"),
        rules=("targets",),
    )
    at = NOW.astimezone(timezone(timedelta(hours=5)))
    assert convert.payload(update, ticket, at=at, rulebook_hash="abc") == {
        "ticket": {
            "safe_update": True,
            "updated_stamp": "2026-11-24T09:12:07Z",
            "metadata": {
                "zdsync_keys": "warn:555:75 set:555:first",
                "zdsync_at": "2026-11-24T09:30:00Z",
                "zdsync_rules": "abc",
            },
            "custom_fields": [{"id": 100, "value": ["a"]}, {"id": 101, "value": "later"}],
            "tags": ["billing", "sla_warned"],
            "comment": {"body": "Due soon", "public": False},
        }
    }


def test_a_message_to_the_customer_is_public_and_a_status_is_sent_alone() -> None:
    ticket = convert.ticket(a_ticket())
    update = Update(status="pending", message=Message("customer", "Hello"), keys=("ask:1:first",))
    body = convert.payload(update, ticket, at=NOW, rulebook_hash="abc")["ticket"]
    assert body["comment"]["public"] is True
    assert body["status"] == "pending"
    assert not {"tags", "custom_fields", "priority", "custom_status_id"} & set(body)


NOBODYS: dict[str, tuple[dict[str, Any], int | None]] = {
    "a notice of nobody's": ({"external_id": "zdsync-outage-1-301", "assignee_id": None, "submitter_id": 9}, 9),
    "a notice of somebody's": ({"external_id": "zdsync-outage-1-301", "assignee_id": 21, "submitter_id": 9}, None),
    "a customer's request": ({"external_id": None, "assignee_id": None}, None),
}


@pytest.mark.parametrize(("changes", "assignee"), NOBODYS.values(), ids=NOBODYS)
def test_a_notice_of_nobodys_becomes_ours_when_it_is_solved_since_zendesk_solves_no_other(
    changes: dict[str, Any], assignee: int | None
) -> None:
    ticket = convert.ticket(a_ticket(**changes))
    solved, opened = (
        convert.payload(Update(status=status), ticket, at=NOW, rulebook_hash="x")["ticket"]
        for status in ("solved", "open")
    )
    assert solved.get("assignee_id") == assignee
    assert "assignee_id" not in opened


def test_keys_come_back_as_they_were_sent() -> None:
    update = Update(message=Message("agents", "x"), keys=("a:1:x", "b:2:y"))
    body = convert.payload(update, convert.ticket(a_ticket()), at=NOW, rulebook_hash="h")
    metadata = {"custom": json.loads(json.dumps(body["ticket"]["metadata"]))}
    assert convert.audit(an_audit(metadata=metadata)).keys == update.keys


UNPROVABLE: dict[str, tuple[Update, str]] = {
    "nothing": (Update(), "changes nothing"),
    "keys only": (Update(keys=("a:1:x",)), "changes nothing"),
    "keys and another tag": (Update(add_tags=frozenset({"a"}), keys=("a:1:x",)), "need a message"),
    "no key": (Update(message=Message("agents", "no key")), "at least one key"),
    "no text": (Update(message=Message("agents", "  "), keys=("a:1:x",)), "needs a text"),
    "too many keys": (
        Update(message=Message("agents", "x"), keys=tuple(f"warn:{n:020d}:75" for n in range(60))),
        "do not fit",
    ),
}


def test_what_a_trigger_mails_has_keys_and_no_comment() -> None:
    """The tag that makes it do so travels with them."""
    update = Update(add_tags=frozenset({"zdsync_say_intake_ask"}), keys=("intake:1",))
    body = convert.payload(update, convert.ticket(a_ticket()), at=NOW, rulebook_hash="abc")["ticket"]
    assert "zdsync_say_intake_ask" in body["tags"]
    assert body["metadata"]["zdsync_keys"] == "intake:1"
    assert "comment" not in body


@pytest.mark.parametrize("name", UNPROVABLE)
def test_an_update_that_could_not_prove_itself_is_refused(name: str) -> None:
    update, words = UNPROVABLE[name]
    with pytest.raises(ValueError, match=words):
        convert.payload(update, convert.ticket(a_ticket()), at=NOW, rulebook_hash="abc")


@pytest.mark.parametrize(
    ("text", "micro"),
    [("2024-02-07T00:10:16Z", 0), ("2024-02-07T00:10:16.932902574Z", 932902), ("2024-02-07T01:10:16+01:00", 0)],
)
def test_instants_of_all_recorded_forms(text: str, micro: int) -> None:
    assert convert.instant(text) == datetime(2024, 2, 7, 0, 10, 16, micro, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "2024-02-07", "2024-02-07T00:10:16", "2024-13-07T00:10:16Z", 5, {}])
def test_what_is_no_instant_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        convert.instant(value)


@pytest.mark.parametrize(
    ("source", "problem_id"),
    [
        ({"rel": "problem", "from": {"ticket_id": 7}, "to": {}}, 7),
        ({"rel": "problem", "from": {"ticket_id": "7"}, "to": {}}, 7),
        ({"rel": "merge", "from": {"ticket_id": 7}, "to": {}}, None),
        ({"rel": "problem", "from": None}, None),
        (None, None),
    ],
)
def test_what_zendesk_does_to_the_incidents_of_a_solved_problem_names_the_problem(
    source: object, problem_id: int | None
) -> None:
    assert convert.audit(an_audit(via={"channel": "web", "source": source})).problem_id == problem_id


@pytest.mark.parametrize(
    ("body", "flags", "undelivered"),
    [
        ("Mail delivery failed: returning message to sender", [4], True),
        ("Échec de la remise\nVotre message n'a pas pu être distribué", [4], True),
        ("Undeliverable: Service interruption", [], True),
        ("I am out of the office until Monday.", [4], False),
        ("We have had no mail from you, please send it again", [], False),
    ],
)
def test_automatic_mail_of_a_server_that_reaches_nobody_is_told_from_other_automatic_mail(
    body: str, flags: list[int], undelivered: bool
) -> None:
    raw = an_audit(events=[a_comment(plain_body=body)], metadata={"flags": flags})
    assert convert.audit(raw).comments[0].undelivered == undelivered
