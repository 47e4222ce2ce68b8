"""New rows of every resource, keys in the order of real replies. `directory.py`, `seed.py` and `tickets.py` make them.

`url` is left empty here: it depends on the address by which a client reaches us, so `render` fills it per reply.
"""

from __future__ import annotations

from typing import Any

from zdsync.sandbox.base import Row, iso

LOCALES = {"en-US": 1, "en-GB": 1176, "fr": 16, "de": 8}
"""Zendesk's locale ids of the languages that the sandbox speaks."""

RAILS_ZONES = {"Paris": "Europe/Paris", "London": "Europe/London", "UTC": "Etc/UTC", "Berlin": "Europe/Berlin"}
"""Users carry a Rails name beside the IANA one."""

SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)


def render(row: Row, path: str, base_url: str) -> Row:
    """The row as a reply carries it."""
    return {**row, "url": f"{base_url}/api/v2{path}/{row['id']}.json"}


def user(user_id: int, now_ms: int, **given: Any) -> Row:
    zone = given.pop("time_zone", "UTC")
    locale = given.pop("locale", "en-US")
    row: Row = {
        "id": user_id,
        "url": "",
        "name": "",
        "email": None,
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        "time_zone": zone,
        "iana_time_zone": RAILS_ZONES.get(zone, zone),
        "phone": None,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": LOCALES.get(locale, 1),
        "locale": locale,
        "organization_id": None,
        "role": "end-user",
        "verified": True,
        "external_id": None,
        "tags": [],
        "alias": None,
        "active": True,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": False,
        "signature": None,
        "details": None,
        "notes": None,
        "role_type": None,
        "custom_role_id": None,
        "moderator": False,
        "ticket_restriction": "requested",
        "only_private_comments": False,
        "restricted_agent": True,
        "suspended": False,
        "default_group_id": None,
        "report_csv": False,
        "user_fields": {},
    }
    row.update(given)
    if row["role"] != "end-user":
        row.update(ticket_restriction=None, restricted_agent=False, moderator=True)
    return row


def group(group_id: int, now_ms: int, **given: Any) -> Row:
    return {
        "url": "",
        "id": group_id,
        "is_public": True,
        "name": "",
        "description": "",
        "default": False,
        "deleted": False,
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        **given,
    }


def organization(organization_id: int, now_ms: int, **given: Any) -> Row:
    return {
        "url": "",
        "id": organization_id,
        "name": "",
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": None,
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        "domain_names": [],
        "details": "",
        "notes": "",
        "group_id": None,
        "tags": [],
        "organization_fields": {},
        **given,
    }


def ticket_field(field_id: int, now_ms: int, **given: Any) -> Row:
    title = given.get("title", "")
    row: Row = {
        "url": "",
        "id": field_id,
        "type": "text",
        "title": title,
        "raw_title": title,
        "description": "",
        "raw_description": "",
        "position": 9999,
        "active": True,
        "required": False,
        "collapsed_for_agents": False,
        "regexp_for_validation": None,
        "title_in_portal": title,
        "raw_title_in_portal": title,
        "visible_in_portal": False,
        "editable_in_portal": False,
        "required_in_portal": False,
        "agent_can_edit": True,
        "tag": None,
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        "removable": True,
        "key": None,
        "agent_description": None,
    }
    row.update(given)
    if row["type"] == "tagger":
        row.setdefault("custom_field_options", [])
    return row


def custom_status(status_id: int, now_ms: int, category: str, label: str, **given: Any) -> Row:
    end_user_label = given.pop("end_user_label", label)
    return {
        "url": "",
        "id": status_id,
        "status_category": category,
        "agent_label": label,
        "end_user_label": end_user_label,
        "description": "",
        "end_user_description": "",
        "active": True,
        "default": False,
        "raw_agent_label": label,
        "raw_end_user_label": end_user_label,
        "raw_description": "",
        "raw_end_user_description": "",
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        **given,
    }


def brand(brand_id: int, now_ms: int, **given: Any) -> Row:
    subdomain = given.get("subdomain", "sandbox")
    return {
        "url": "",
        "id": brand_id,
        "name": "",
        "brand_url": f"https://{subdomain}.zendesk.com",
        "subdomain": subdomain,
        "host_mapping": None,
        "has_help_center": True,
        "help_center_state": "enabled",
        "active": True,
        "default": False,
        "is_deleted": False,
        "logo": None,
        "ticket_form_ids": [],
        "signature_template": "{{agent.signature}}",
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        **given,
    }


def ticket_form(form_id: int, now_ms: int, **given: Any) -> Row:
    name = given.get("name", "")
    return {
        "url": "",
        "id": form_id,
        "name": name,
        "raw_name": name,
        "display_name": name,
        "raw_display_name": name,
        "end_user_visible": True,
        "position": 0,
        "ticket_field_ids": [],
        "active": True,
        "default": False,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "end_user_conditions": [],
        "agent_conditions": [],
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        **given,
    }


def ticket(ticket_id: int, now_ms: int, via: Row) -> Row:
    """Key order of recordings; `custom_fields` and `fields` are filled by `tickets.render`."""
    return {
        "url": "",
        "id": ticket_id,
        "external_id": None,
        "via": via,
        "created_at": iso(now_ms),
        "updated_at": iso(now_ms),
        "type": None,
        "subject": None,
        "raw_subject": None,
        "description": None,
        "priority": None,
        "status": "new",
        "recipient": None,
        "requester_id": None,
        "submitter_id": None,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": None,
        "sharing_agreement_ids": [],
        "custom_status_id": None,
        "fields": [],
        "followup_ids": [],
        "ticket_form_id": None,
        "brand_id": None,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }


def trigger(trigger_id: int, now_ms: int, **given: Any) -> Row:
    title = given.get("title", "")
    return {
        "url": "",
        "id": trigger_id,
        "title": title,
        "active": True,
        "updated_at": iso(now_ms),
        "created_at": iso(now_ms),
        "default": False,
        "actions": [],
        "conditions": {"all": [], "any": []},
        "description": None,
        "position": 0,
        "raw_title": title,
        "category_id": "1",
        **given,
    }


def automation(automation_id: int, now_ms: int, **given: Any) -> Row:
    title = given.get("title", "")
    return {
        "url": "",
        "id": automation_id,
        "title": title,
        "active": True,
        "updated_at": iso(now_ms),
        "created_at": iso(now_ms),
        "default": False,
        "actions": [],
        "conditions": {"all": [], "any": []},
        "position": 0,
        "raw_title": title,
        **given,
    }


def macro(macro_id: int, now_ms: int, **given: Any) -> Row:
    title = given.get("title", "")
    return {
        "url": "",
        "id": macro_id,
        "title": title,
        "active": True,
        "updated_at": iso(now_ms),
        "created_at": iso(now_ms),
        "default": False,
        "position": 9999,
        "description": None,
        "actions": [],
        "restriction": None,
        "raw_title": title,
        **given,
    }


def view(view_id: int, now_ms: int, **given: Any) -> Row:
    title = given.get("title", "")
    return {
        "url": "",
        "id": view_id,
        "title": title,
        "active": True,
        "updated_at": iso(now_ms),
        "created_at": iso(now_ms),
        "default": False,
        "position": 9999,
        "description": None,
        "execution": {},
        "conditions": {"all": [], "any": []},
        "restriction": None,
        "raw_title": title,
        **given,
    }
