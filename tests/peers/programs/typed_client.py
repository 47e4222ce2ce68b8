"""Works a ticket through python-zendesk-sdk, which checks every reply against its own models; prints what it saw.

Run in the other programs' environment by `tests/peers/test_typed_client.py`, which compares with the account.
"""

import asyncio
import json
import os
from typing import Any

from zendesk_sdk import ZendeskClient, ZendeskConfig  # type: ignore[import-not-found]
from zendesk_sdk.exceptions import ZendeskHTTPException  # type: ignore[import-not-found]


async def main() -> dict[str, Any]:
    config = ZendeskConfig(subdomain="desk", email=os.environ["EMAIL"], token=os.environ["TOKEN"])
    async with ZendeskClient(config) as client:
        return {"lists": await lists(client), "ticket": await a_life(client), "refusals": await refusals(client)}


async def lists(client: Any) -> dict[str, list[int]]:
    pages = {
        "tickets": client.tickets.list(per_page=40),
        "users": client.users.list(),
        "groups": client.groups.list(),
        "organizations": client.organizations.list(),
        "ticket_fields": client.ticket_fields.list(),
        "urgent": client.search.tickets("priority:urgent status<solved"),
        "exported": client.search.export_tickets("priority:urgent status<solved"),
    }
    return {name: [row.id async for row in page] for name, page in pages.items()}


async def a_life(client: Any) -> dict[str, Any]:
    me = await client.users.me()
    emily = await client.users.by_email("emily.carter@northgate.example")
    made = await client.tickets.create(comment_body="It says no.", subject="Login", requester_id=emily.id)
    await client.tickets.comments.add(made.id, "Looking into it")
    await client.tickets.comments.add(made.id, "Please try again", public=True)
    tags = await client.tickets.tags.add(made.id, ["vip"])
    solved = await client.tickets.update(made.id, status="solved", assignee_id=me.id, priority="high")
    comment, author = await client.tickets.comments.get_last(made.id)
    whole = await client.tickets.get_enriched(made.id)
    return {
        "id": made.id,
        "tags": tags,
        "status": solved.status,
        "last": [comment.body, comment.public, author.email],
        "comments": [[said.body, said.public] async for said in client.tickets.comments.list(made.id)],
        "requester": whole.requester.email,
        "organization": whole.organization.name,
    }


async def refusals(client: Any) -> list[str]:
    found = []
    for attempt in (
        client.tickets.get(99_999),
        client.tickets.update(1, status="nonsense"),
        client.tickets.tags.get(0),
    ):
        try:
            await attempt
        except ZendeskHTTPException as refusal:
            found.append(str(refusal))
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
