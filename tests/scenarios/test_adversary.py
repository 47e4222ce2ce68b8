"""People who want what is not theirs, against every shipped rule at once: nothing leaks, executes, merges or solves.

Each attack names what its author wants, and says what may come of it at most; everything else is a failure. Planted
words show whether text gets to where none belongs: `WORD` stands in all that attackers write, `SECRET` in an agent's
internal note.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
import requests
import structlog
from redis import Redis

from tests.builders import a_rule_of
from tests.scenarios.editions import EDITIONS, Edition, support, three_promises, three_rules, world_of
from tests.scenarios.tables import STANDARD
from tests.scenarios.world import EMILY, JEANNE, RAJ, TOM, US, World, kinds
from zdsync.confirm import answer
from zdsync.core.links import Link, Links, make, read
from zdsync.sandbox import Server

MALLORY: Final = "mallory@elsewhere.example"
WORD: Final = "Quetzalcoatl"
SECRET: Final = "Xylophone"
REASON: Final = "Ocarina"

MakeWorld = Callable[[Edition], World]
Act = tuple[str, Mapping[str, Any]]
"""Who does what (keys of `zdsync/sandbox/acts.py`); on the victim's ticket unless it says `ticket`."""

HELD: Final = frozenset({"zdsync_awaiting_confirmation"})
AWAITING: Final = "Awaiting confirmation"


@pytest.fixture
def log() -> list[Mapping[str, Any]]:
    """Every line that is logged, whatever its level."""
    lines: list[Mapping[str, Any]] = []

    def keep(logger: object, method: str, event: Any) -> Any:
        lines.append(dict(event))
        raise structlog.DropEvent

    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    return lines


@pytest.fixture
def make_world(server: Server, redis: Redis, prefix: str) -> MakeWorld:
    """A desk with every shipped rule live."""

    def made(edition: Edition) -> World:
        more = ("controls", "mailed_files", "acknowledgement", "intake")
        book = three_promises(rules=(*three_rules(), *map(a_rule_of, more)))
        world = world_of(server, redis, prefix, edition, rulebook=book)
        world.tells_of_rules = True
        return world

    return made


def request(world: World, who: str = EMILY, **more: Any) -> int:
    """The victim's: taken up by an agent, with a secret in an internal note."""
    act = {"subject": f"Export without rows {WORD}", "comment": f"It fails. {WORD}", "channel": "email", **more}
    ticket = world.act(who, **act)
    world.until("09:10")
    world.act(TOM, ticket=ticket, comment="Looking.", assignee=TOM, priority="low", status="open")
    world.until("09:20")
    world.act(TOM, ticket=ticket, comment=f"The password is {SECRET}.", public=False)
    world.until("09:30")
    return ticket


def solved(world: World, ticket: int) -> None:
    """The agent solves it, and the customer is asked."""
    world.act(TOM, ticket=ticket, comment="Done.", status="solved")
    world.until("09:50")
    assert world.end_state()[ticket].label == AWAITING


def strike(world: World, victim: int, acts: Sequence[Act]) -> list[int]:
    """The attack, a minute between its acts; the tickets that came of it."""
    opened = []
    for minute, (who, act) in enumerate(acts):
        world.until(f"10:{minute:02}")
        on = {} if act.get("ticket", 0) is None else {"ticket": victim}
        act = {key: value for key, value in act.items() if key != "ticket"}
        if isinstance(act.get("subject"), str):
            act["subject"] = act["subject"].replace("{victim}", str(victim))
        ticket = world.act(who, **{**on, **act})
        if ticket != victim:
            opened.append(ticket)
    world.until("10:30")
    return opened


def everything_in_redis(world: World) -> Iterator[tuple[str, bytes]]:
    """Every key with its content, histories unpacked."""
    for key in world.redis.scan_iter(f"{world.prefix}*", count=1000):
        kind = world.redis.type(key)
        content: Any
        if kind == b"string":
            content = world.redis.get(key)
            for start in range(8):
                try:
                    content += zlib.decompress(content[start:])
                    break
                except zlib.error:
                    continue
        elif kind == b"hash":
            content = repr(world.redis.hgetall(key)).encode()
        elif kind == b"zset":
            content = repr(world.redis.zrange(key, 0, -1)).encode()
        elif kind == b"list":
            content = repr(world.redis.lrange(key, 0, -1)).encode()
        elif kind == b"set":
            content = repr(world.redis.smembers(key)).encode()
        else:
            raise AssertionError(f"{key!r} is a {kind!r}, which nobody searches")
        yield key.decode(), key + b" " + content


def nothing_leaks(world: World, log: Sequence[Mapping[str, Any]], *attackers: str) -> None:
    """No text of tickets in Redis or the log; no secret to anybody; no word of ours to who has no part in it."""
    for word in (WORD, SECRET):
        found = [name for name, content in everything_in_redis(world) if word.encode() in content]
        assert not found, f"{word} is in Redis: {found}"
        assert not [line for line in log if word in repr(line)], f"{word} is in the log"
    for mail in world.account.emails:
        staff = mail["to"].endswith("@desk.example")
        assert staff or SECRET not in f"{mail['body']} {mail.get('subject')}", f"{mail['to']} was mailed the secret"
        asker = world.account.users[world.account.tickets[mail["ticket"]].row["requester_id"]]["email"]
        if mail["to"] in attackers and mail["to"] != asker:
            assert mail["cause"] in STANDARD, f"a rule of ours has mailed {mail['to']}: {mail}"
            assert mail["actor"] != world.us, f"we have mailed {mail['to']}: {mail}"
    for ticket in world.account.tickets:
        for event in world.comments(ticket):
            assert not (event["public"] and (SECRET in event["body"] or WORD in event["body"])), event["body"]
    assert [write for write in world.our_writes() if write["path"].endswith("/merge")] == []
    assert world.server.downloads() == []
    world.sane()


@dataclass(frozen=True)
class Attack:
    """What somebody does to a ticket that waits for the confirmation, and what comes of it at most."""

    wants: str
    acts: Sequence[Act]
    label: str = AWAITING
    said: Sequence[str] = ()
    """Kinds of our messages on the ticket since the question."""
    tags: frozenset[str] = HELD
    attackers: Sequence[str] = (MALLORY,)
    of: Mapping[str, Any] | None = None
    """What else the request had."""


def mail(comment: str, **more: Any) -> dict[str, Any]:
    return {"channel": "email", "comment": f"{comment}\n\n{WORD}" if more.pop("signed", True) else comment, **more}


NOBODY: Final = frozenset[str]()
YES: Final = "Yes, it is solved."
QUOTED: Final = "On Mon, 23 Nov 2026 at 09:40, Support wrote:\n> please reply\n> Yes, it is solved.\n"
COPIED: Final = {"email_ccs": [{"user_email": RAJ}]}

ON_THE_HOLD: Mapping[str, Attack] = {
    "a customer's command": Attack(
        "close it by a command", [(EMILY, mail("/zdsync close"))], "Open", ["reply"], NOBODY
    ),
    "an outsider's command": Attack(
        "close somebody's ticket", [(MALLORY, mail(f"/zdsync close {WORD}"))], "Open", tags=NOBODY
    ),
    "a copied colleague's command": Attack(
        "close it by a command", [(RAJ, mail("/zdsync close"))], "Open", ["reply"], NOBODY, of=COPIED
    ),
    "a private note of an outsider": Attack(
        "pass for staff", [(MALLORY, mail("/zdsync close", public=False, flags=[2]))], "Open", tags=NOBODY
    ),
    "a private mail of a copied colleague": Attack(
        "pass for staff, where the account keeps what CCs mail private",
        [(RAJ, mail("/zdsync close", public=False)), (RAJ, mail(YES, public=False))],
        "Open",
        tags=NOBODY,
        of=COPIED,
    ),
    "a command by mail in an agent's name": Attack(
        "close it as the agent", [(TOM, mail("/zdsync close", public=False, authentic=False))]
    ),
    "a command by mail in an agent's name, unflagged": Attack(
        "close it as the agent", [(TOM, mail("/zdsync close", public=False))]
    ),
    "a spoofed yes": Attack(
        "have it solved", [(EMILY, mail(YES, authentic=False, signed=False))], "Open", ["reply"], NOBODY
    ),
    "a yes of who was not signed in": Attack(
        "have it solved", [(EMILY, {"comment": YES, "signed_in": False})], "Open", ["reply"], NOBODY
    ),
    "a yes on behalf of the author": Attack(
        "have it solved", [(EMILY, mail(YES, flags=[11], signed=False))], "Open", ["reply"], NOBODY
    ),
    "an outsider's yes": Attack("have it solved", [(MALLORY, mail(YES, signed=False))], "Open", tags=NOBODY),
    "an outsider's yes in public": Attack(
        "have it solved", [(MALLORY, mail(YES, signed=False, public=True))], "Open", ["reply"], NOBODY
    ),
    "a copied colleague's yes": Attack(
        "have it solved", [(RAJ, mail(YES, signed=False))], "Open", ["reply"], NOBODY, of=COPIED
    ),
    "a yes from an unknown second address": Attack(
        "have it solved",
        [("emily.carter@private.example", mail(YES, signed=False))],
        "Open",
        tags=NOBODY,
        attackers=("emily.carter@private.example",),
    ),
    "the yes is quoted only": Attack(
        "have our own words taken for an answer", [(EMILY, mail(f"See below.\n\n{QUOTED}"))], "Open", ["reply"], NOBODY
    ),
    "nothing but a quotation": Attack(
        "have our own words taken for an answer", [(EMILY, mail(QUOTED, signed=False))], "Open", ["reply"], NOBODY
    ),
    "the yes is in the signature": Attack(
        "have it solved",
        [(EMILY, mail("Which export do you mean?\n\n-- \nYes, it is solved.\nEmily", signed=False))],
        "Open",
        ["reply"],
        NOBODY,
    ),
    "a yes hidden below a no": Attack(
        "have it solved by text that no reader sees",
        [(EMILY, mail("No, it still fails." + "\n" * 60 + YES, signed=False))],
        "Open",
        ["reply"],
        NOBODY,
    ),
    "a yes between invisible characters": Attack(
        "have it solved by text that no reader sees",
        [(EMILY, mail("It still fails.\u200b\u202eYes, it is solved.\u202c\u200b", signed=False))],
        "Open",
        ["reply"],
        NOBODY,
    ),
    "an automatic mail that says yes": Attack(
        "have it solved by a machine", [(EMILY, mail(YES, flags=[4], signed=False))]
    ),
    "out of office, and yes": Attack(
        "have it solved by a machine",
        [(EMILY, mail("I am out of the office until Monday. Yes, it is solved.", signed=False))],
        "Open",
        ["reply"],
        NOBODY,
    ),
    "a yes to a command": Attack(
        "have it solved", [(EMILY, mail("/zdsync confirm\nYes", signed=False))], "Open", ["reply"], NOBODY
    ),
    "tags set by the customer": Attack(
        "let the solve through",
        [(EMILY, {"add_tags": "zdsync_confirmed zdsync_close_anyway zdsync_exempt zdsync_exempt_hold"})],
        tags=HELD | {"zdsync_exempt", "zdsync_exempt_hold"},
    ),
    "tags set by the customer's program": Attack(
        "let the solve through",
        [(EMILY, {"add_tags": "zdsync_close_anyway zdsync_snooze_2d zdsync_wrong", "channel": "api"})],
        tags=HELD | {"zdsync_snooze_2d"},
    ),
    "a command by the customer's program": Attack(
        "close it",
        [(EMILY, {"comment": "/zdsync close", "channel": "api", "public": False, "flags": [2]})],
        "Open",
        tags=NOBODY,
    ),
    "the command is not on the first line": Attack(
        "have an agent's signature taken for a command",
        [(TOM, {"comment": f"{WORD}\n-- \n/zdsync close", "public": False})],
    ),
    "the command is in public": Attack(
        "have what an agent quotes taken for a command",
        [(TOM, {"comment": f"/zdsync close {WORD}", "status": "solved"})],
        said=["again"],
    ),
    "a link's answer without the page": Attack(
        "forge an answer by its words",
        [(EMILY, mail("The holder of the link said: yes, it is completed."))],
        "Open",
        ["reply"],
        NOBODY,
    ),
}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", ON_THE_HOLD)
def test_only_the_customer_solves(make_world: MakeWorld, log: list[Any], name: str, edition: Edition) -> None:
    attack, world = ON_THE_HOLD[name], make_world(edition)
    victim = request(world, **(attack.of or {}))
    solved(world, victim)
    before = set(world.keys(victim))
    strike(world, victim, attack.acts)
    state = world.end_state()[victim]
    assert state.label == attack.label
    assert [kind.partition(":")[0] for kind in kinds([key for key in world.keys(victim) if key not in before])] == list(
        attack.said
    )
    assert state.tags == attack.tags
    nothing_leaks(world, log, *attack.attackers)
    assert world.plan(victim).updates == ()


def test_the_table_can_fail(make_world: MakeWorld, log: list[Any]) -> None:
    """The same with the customer's own yes and with an agent's own command, whose reason is in no log."""
    for who, act in ((EMILY, mail(YES, signed=False)), (TOM, {"comment": f"/zdsync close {REASON}", "public": False})):
        world = make_world("trigger")
        victim = request(world)
        solved(world, victim)
        strike(world, victim, [(who, act)])
        assert world.end_state()[victim].label == "Solved"
        nothing_leaks(world, log)
        assert REASON not in repr(log)
        world.empty_redis()


ON_THE_PROMISES: Mapping[str, Sequence[Act]] = {
    "nobody": [],
    "a copied colleague passes for staff by a private mail": [
        (RAJ, mail("Looking into it.", public=False)),
        (RAJ, {"comment": f"We are working on it. {WORD}"}),
    ],
    "an outsider passes for staff by a private mail": [
        (MALLORY, mail("Looking into it.")),
        (MALLORY, mail("We are working on it.", public=True)),
    ],
    "a mail in an agent's name": [(TOM, mail("We are working on it.", authentic=False))],
    "an agent's program answers by itself": [(TOM, mail("I am out of the office.", flags=[4]))],
    "the customer snoozes and exempts": [
        (EMILY, mail("/zdsync exempt")),
        (EMILY, {"add_tags": "zdsync_exempt zdsync_snooze_2d zdsync_exempt_cadence", "channel": "api"}),
    ],
}
"""What is to look like an agent's first reply, or to keep zdsync quiet."""


@pytest.mark.parametrize("name", ON_THE_PROMISES)
def test_only_agents_keep_a_promise(make_world: MakeWorld, log: list[Any], name: str) -> None:
    """The first reply is warned of and breached as if nothing had happened."""
    world = make_world("trigger")
    act = mail("It fails. It began today at 8:00. Steps: click export. Phone +33 1 23 45 67 89.", **COPIED)
    victim = world.act(EMILY, subject=f"Export without rows {WORD}", **act)
    world.until("09:10")
    world.act(TOM, ticket=victim, priority="low", assignee=TOM, status="open")
    world.until("09:40")
    strike(world, victim, ON_THE_PROMISES[name])
    world.until("11:30")
    said = [kind for kind in kinds(world.keys(victim)) if kind.startswith(("target", "warn", "breach"))]
    assert said == ["target:set", "warn:first_reply", "breach:first_reply"]
    nothing_leaks(world, log, MALLORY)


@dataclass(frozen=True)
class Mailed:
    """A mail that names the victim's ticket in its subject."""

    wants: str
    acts: Sequence[Act]
    attackers: Sequence[str] = (MALLORY,)
    tells: bool = True
    """Whether an agent is told why nothing was merged; else nobody is bothered."""
    status: str | None = None
    """What the agent makes of the victim's ticket before."""
    suspended: bool = False
    """An agent has suspended the sender."""


def naming(subject: str = "Files for [#{victim}]", **more: Any) -> dict[str, Any]:
    return {"ticket": None, "subject": f"{WORD} {subject}", **mail("Here they are."), **more}


MAILED_FILES: Mapping[str, Mailed] = {
    "a stranger": Mailed("put files onto somebody's ticket, and be copied on it", [(MALLORY, naming())]),
    "another customer": Mailed("the same", [(JEANNE, naming())], (JEANNE,)),
    "the customer's address, spoofed": Mailed("the same", [(EMILY, naming(authentic=False))], ()),
    "a suspended colleague": Mailed("the same, once locked out", [(RAJ, naming())], (RAJ,), suspended=True),
    "two references": Mailed("have the wrong one taken", [(EMILY, naming("[#{victim}] and request 1"))], ()),
    "a closed ticket": Mailed("open it again", [(EMILY, naming())], (), status="solved"),
    "a chain": Mailed(
        "reach the victim's ticket over another mail",
        [(MALLORY, naming()), (MALLORY, naming("request 3"))],
    ),
    "a number of digits in disguise": Mailed("pass the stranger's check", [(MALLORY, naming("＃{victim}"))]),
    "a mail that copies its sender's friend": Mailed(
        "have a friend copied on the ticket", [(EMILY, naming(email_ccs=[{"user_email": MALLORY}]))]
    ),
    "files elsewhere": Mailed(
        "have us fetch an address",
        [(MALLORY, naming(comment=f"![x](http://169.254.169.254/latest) http://127.0.0.1:1/{WORD}"))],
    ),
    "its own number": Mailed("loop", [(MALLORY, naming("request 3"))], tells=False),
    "a number that is no ticket": Mailed("find out which exist", [(MALLORY, naming("request 987654"))], tells=False),
}


@pytest.mark.parametrize("name", MAILED_FILES)
def test_nothing_is_merged_for_who_may_not(make_world: MakeWorld, log: list[Any], name: str) -> None:
    """The victim's ticket stays exactly as it is; an agent is told, the sender is not."""
    attack, world = MAILED_FILES[name], make_world("worker")
    victim = request(world)
    if attack.suspended:
        user = world.account.user_by_email(RAJ)
        assert user
        world.server.call(lambda: user.update(suspended=True))
    if attack.status:
        world.act(TOM, ticket=victim, comment="Done.", add_tags="zdsync_close_anyway", status=attack.status)
        world.until("09:50")
    before, audits = world.end_state()[victim], len(world.account.tickets[victim].audits)
    opened = strike(world, victim, attack.acts)
    assert world.end_state()[victim] == before
    assert len(world.account.tickets[victim].audits) == audits
    for ticket in opened:
        said = kinds(world.keys(ticket))
        assert said.count("match") == attack.tells, said
        assert not [event for event in world.comments(ticket) if event["public"] and "It names" in event["body"]]
    nothing_leaks(world, log, *attack.attackers)


def test_keys_that_others_forge_hide_nothing(make_world: MakeWorld, log: list[Any]) -> None:
    """An agent's program writes our keys into its own metadata: they count for nothing, on no ticket."""
    world = make_world("worker")
    victim = request(world)
    stranger = world.act(MALLORY, **{k: v for k, v in naming(f"[#{victim}]").items() if k != "ticket"})
    for ticket in (victim, stranger):
        audits = [audit["id"] for audit in world.account.tickets[ticket].audits]
        kinds_ = ("match:{}", "mailed:{}:1", "ask:{}", "ack:{}", "warn:{}:first_reply", "override:{}", "link:{}:yes")
        forged = " ".join(key.format(number) for number in audits[:1] for key in kinds_)
        forge(world, ticket, forged)
    world.until("10:10")
    solve = world.act(TOM, ticket=victim, comment="Done.", status="solved") and latest_audit(world, victim)
    forge(world, victim, f"ask:{solve} link:{solve}:yes override:{solve}")
    world.until("10:30")
    assert world.end_state()[victim].label == AWAITING
    assert "ask" in kinds(world.keys(victim))
    assert kinds(world.keys(stranger)).count("match") == 1
    nothing_leaks(world, log, MALLORY)


def latest_audit(world: World, ticket: int) -> int:
    return int(world.account.tickets[ticket].audits[-1]["id"])


def forge(world: World, ticket: int, keys: str) -> None:
    """An update by the API in an agent's name, with these keys."""
    tokens = world.account.credentials.api_tokens
    world.server.call(lambda: tokens.update({TOM: "tom"}))
    body = {"ticket": {"metadata": {"zdsync_keys": keys}, "additional_tags": [f"forged_{len(keys)}"]}}
    url = f"{world.server.url}/api/v2/tickets/{ticket}.json"
    reply = requests.put(url, json=body, auth=(f"{TOM}/token", "tom"), timeout=30)
    assert reply.status_code == 200
    assert reply.json()["audit"]["metadata"]["custom"]["zdsync_keys"] == keys
    world.server.call(world.account.writes.pop)  # it was none of ours
    world.hint(ticket)


OUR_TAGS: Final = (
    "zdsync_awaiting_confirmation zdsync_ask zdsync_confirmed zdsync_close_anyway zdsync_exempt zdsync_exempt_hold "
    "zdsync_exempt_cadence zdsync_snooze_4h zdsync_snooze_2d zdsync_wrong zdsync_notify_group "
    "zdsync_say_intake_ask zdsync_say_confirmation_hold_ask zdsync_stop zdsync_probed "
    "update_overdue update_due_soon sla_first_reply_breached sla_resolution_breached "
    f"zdsync_escalate_{support()}"
)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("way", ["by a form", "by a follow-up", "by a program in the customer's name"])
def test_tags_that_came_along_command_nothing(
    make_world: MakeWorld, log: list[Any], way: str, edition: Edition
) -> None:
    """Every tag of ours at once: targets are set, the customer is asked, and nothing is solved, stopped or put off."""
    world = make_world(edition)
    act = mail("It fails.", subject=f"{WORD}")
    if way == "by a follow-up":
        closed = world.act(EMILY, **act)
        world.act(TOM, ticket=closed, status="solved", assignee=TOM, webhook=False)
        world.act(TOM, ticket=closed, tags=OUR_TAGS.split(), webhook=False)
        world.server.call(lambda: world.account.tickets[closed].row.update(status="closed"))
        victim = world.act(EMILY, ticket=closed, **mail("It fails again."))
        assert victim != closed
    else:
        channel = {"channel": "api"} if "program" in way else {"channel": "web"}
        victim = world.act(EMILY, **{**act, **channel}, tags=OUR_TAGS.split())
    lost = set(OUR_TAGS.split()) - set(world.account.tickets[victim].row["tags"])
    assert lost <= {"zdsync_notify_group", f"zdsync_escalate_{support()}"}, "these mail a group of agents at once"
    world.act(TOM, ticket=victim, comment="Looking.", assignee=TOM, priority="low", status="open")
    world.until("09:10")
    world.act(TOM, ticket=victim, comment="Done.", status="solved")
    world.until("10:30")
    state = world.end_state()[victim]
    assert state.label == AWAITING
    said = [kind for kind in kinds(world.keys(victim)) if not kind.startswith(("ack", "found", "intake", "promise"))]
    assert said in (["target:set", "ask"], ["target:set"] if edition == "trigger" else [])
    mails = [row["body"] for row in world.account.emails if row["ticket"] == victim and row["to"] == EMILY]
    asked = [body for body in mails if "We believe that" in body]
    assert len(asked) == 1
    assert not state.tags & {"zdsync_confirmed", "zdsync_close_anyway", "sla_first_reply_breached", "update_overdue"}
    nothing_leaks(world, log)


LONG: Final = (WORD + " {{7*7}} ") * 3200
HOSTILE: Mapping[str, str] = {
    "Liquid": "{{ticket.requester.email}} {{dc.secret}} {{7*7}} {% if true %}owned{% endif %}",
    "Jinja": "{{ ''.__class__.__mro__ }} {{ config }} {# no #} {%- raw %}{{ self }}",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; &#x3c;",
    "Markdown": "[x](javascript:alert(1)) ![i](http://evil.example/i.png) **b** `c` # h\n\n---\n> q",
    "invisible": "a\u202eb\u200bc\u2066d\ufeff\u0007\u2028e",
    "NUL and emoji": "\x00 👩‍👩‍👧‍👦 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "60,000 characters": LONG[:60_000],
    "a path": "../../../../etc/passwd",
}
RAW: Final = re.compile(r"[{}<>\[\]`\x00\x07\u200b\u2028\u202e\u2066\ufeff]|49|javascript:alert\(1\)\)")


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_people_fill_in_is_text(make_world: MakeWorld, log: list[Any], name: str) -> None:
    """As name, subject, comment, file, field, organisation, language and time zone; from the first word to the third
    reminder nothing fails, and no message of ours has any of it."""
    world, value = make_world("worker"), HOSTILE[name]
    user = world.account.user_by_email(EMILY)
    assert user
    fill = {"name": value, "locale": value, "iana_time_zone": value, "time_zone": value, "phone": value}
    world.server.call(lambda: user.update(fill))
    world.server.call(lambda: world.account.organizations[user["organization_id"]].update(name=value))
    field = next(id for id, row in world.account.ticket_fields.items() if row["title"] == "Next update due")
    act: dict[str, Any] = {
        "subject": f"{WORD} {value}",
        "comment": f"It fails. {value}",
        "attachments": [{"name": value[:200], "content": "x"}],
    }
    victim = world.act(EMILY, channel="email", fields={str(field): value}, **act)
    world.until("09:10")
    world.act(TOM, ticket=victim, comment="Looking.", assignee=TOM, priority="urgent", status="open")
    world.until("09:45")
    world.act(EMILY, ticket=victim, **mail(value))
    world.until("11:30")
    world.act(TOM, ticket=victim, comment="Done.", status="solved")
    world.until("12-04 18:30")
    assert {"target", "cadence", "warn", "ask", "chase"} <= {key.split(":")[0] for key in world.keys(victim)}
    for event in world.comments(victim):
        assert not RAW.search(re.sub(r"\[…\]|#\d+|\d\d:49|:49", "", event["body"])), event["body"]
        assert EMILY not in event["body"]
        assert len(event["body"]) < 3000
    assert not [line for line in log if line.get("level") == "error"]
    nothing_leaks(world, log)


KEY: Final = b"k" * 32
LINKS: Final = Links("https://desk.example", (KEY,))


@pytest.fixture
def linked(server: Server, redis: Redis, prefix: str) -> World:
    """A desk that asks with links."""
    hold = three_rules({"link": True})
    return world_of(server, redis, prefix, "worker", rulebook=three_promises(rules=hold), links=LINKS)


def test_no_link_is_forged(linked: World) -> None:
    """Not by another letter, another key, another ticket's signature, or after its day."""
    victim, other = request(linked), request(linked, JEANNE)
    ends = linked.now + timedelta(days=1)
    token, of_other = (make(LINKS, Link(each, 7, ends)).rpartition("/")[2] for each in (victim, other))
    assert read(LINKS, token, linked.now) == Link(victim, 7, ends)
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    forged = [f"{token[:n]}{each}{token[n + 1 :]}" for n in range(len(token)) for each in alphabet if each != token[n]]
    forged += [token[:32] + of_other[32:], token.upper(), f"{token}a", token[:-1], f"{token}\n", "", "../" + token]
    forged.append(make(Links(LINKS.url, (b"x" * 32,)), Link(victim, 7, ends)).rpartition("/")[2])
    assert {read(LINKS, each, linked.now) for each in forged} == {"forged"}
    assert read(LINKS, token, ends) == "expired"


def by_link(world: World, ticket: int, solve: int, said: str = "") -> str:
    link = Link(ticket, solve, world.now + timedelta(days=1))
    view = answer(link, "yes", said, world.parts, lambda seconds: world.go(world.now + timedelta(seconds=seconds)))
    world.until(world.now + timedelta(minutes=1))
    return view.state


def test_a_genuine_link_serves_its_own_question_once(linked: World) -> None:
    """Not another ticket's, not another solve's, nor a question that is over; and what is typed is text."""
    victim, other = request(linked), request(linked, JEANNE)
    linked.act(TOM, ticket=victim, comment="Done.", status="solved")
    first = latest_audit(linked, victim)
    linked.until("10:00")
    assert by_link(linked, other, first) == "ended", "another ticket's"
    assert by_link(linked, victim, first - 1) == "ended", "another audit's"
    assert by_link(linked, 1, first) == "ended", "our own ticket's"
    assert by_link(linked, 987654, first) == "ended", "no ticket's"
    linked.act(EMILY, ticket=victim, **mail("No, it still fails.", signed=False))
    linked.until("10:20")
    assert by_link(linked, victim, first) == "ended", "a question that is over"
    assert (linked.end_state()[victim].label, linked.end_state()[other].label) == ("Open", "Open")

    linked.act(TOM, ticket=victim, comment="Now.", status="solved")
    second = latest_audit(linked, victim)
    linked.until("10:40")
    assert by_link(linked, victim, first) == "ended", "the question before"
    assert linked.end_state()[victim].label == AWAITING
    assert by_link(linked, victim, second, f"{HOSTILE['Liquid']}\n{HOSTILE['HTML']}\n/zdsync exempt") == "recorded"
    assert linked.end_state()[victim].label == "Solved"
    (note,) = [event["body"] for event in linked.comments(victim) if "The holder of the link" in event["body"]]
    assert not RAW.search(note.replace("> ", "").replace(">", ""))
    linked.act(TOM, ticket=victim, comment="Wait.", status="open")
    linked.until("11:00")
    assert by_link(linked, victim, second) == "answered", "a replay"
    assert linked.end_state()[victim].label == "Open"
    linked.sane()


def test_a_requester_without_an_address_is_refused_quietly(make_world: MakeWorld, log: list[Any]) -> None:
    """Zendesk's 422 quotes what it refuses: the log has its words without anybody's address, once in the hour."""
    world = make_world("worker")
    victim = request(world)
    said = f"Requester: Email: {EMILY} is not properly formatted"
    body = {"error": "RecordInvalid", "description": "Invalid", "details": {"requester": [{"description": said}]}}
    world.faults({"do": "reply", "method": "PUT", "path": "/tickets/*", "status": 422, "body": body, "times": None})
    world.act(TOM, ticket=victim, comment="Done.", status="solved")
    world.until("10:00")
    refused = [line for line in log if "is not properly formatted" in repr(line) and line["event"] != "reconciled"]
    assert len(refused) == 1
    assert EMILY not in repr(log)
    assert EMILY.encode() not in b"".join(content for _, content in everything_in_redis(world))
    world.faults()
    world.until("11:30")
    assert world.end_state()[victim].label == AWAITING
    nothing_leaks(world, log)


def test_a_ticket_of_our_own_user_answers_and_commands_nothing(make_world: MakeWorld, log: list[Any]) -> None:
    """Somebody writes with our credentials, or in our name: it is nobody's request, yes or command."""
    world = make_world("worker")
    act: dict[str, Any] = {"comment": f"It fails. {WORD} /zdsync close", "channel": "email", "public": True}
    ours = world.act(US, subject=f"#2 {WORD}", **act)
    victim = request(world)
    solved(world, victim)
    world.act(US, ticket=victim, **mail(YES, signed=False))
    world.act(US, ticket=victim, comment="/zdsync close", public=False, add_tags="zdsync_close_anyway")
    world.until("10:30")
    assert world.end_state()[victim].label == AWAITING
    assert "zdsync_close_anyway" not in world.end_state()[victim].tags
    assert not [mail for mail in world.account.emails if mail["ticket"] == ours and mail["to"] in (EMILY, MALLORY)]
    assert len(world.keys(ours)) < 3
    assert [write for write in world.our_writes() if write["path"].endswith("/merge")] == []


def test_the_requesters_own_second_address_is_theirs(make_world: MakeWorld, log: list[Any]) -> None:
    """What Zendesk knows as theirs counts; a stranger's that looks like it does not (above)."""
    world = make_world("trigger")
    victim = request(world)
    solved(world, victim)
    user = world.account.user_by_email(EMILY)
    assert user
    world.server.call(lambda: world.account.know_email("emily@home.example", user["id"]))
    world.act("emily@home.example", ticket=victim, **mail(YES, signed=False))
    world.until("10:30")
    assert world.end_state()[victim].label == "Solved"
    nothing_leaks(world, log, "emily@home.example")
