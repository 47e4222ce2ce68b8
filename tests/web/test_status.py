"""The public status page: worked out by a task from the account, shown to everybody, and silent on everything else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from redis.exceptions import ConnectionError as RedisAway
from starlette.applications import Starlette

from tests.cli.test_availability import notice, outage, parent
from tests.core.availability_cases import announced, at, done, window
from tests.core.availability_cases import outage as an_outage
from tests.desk import EMILY, TOM, Desk
from tests.web.asgi import Answer, ask
from zdsync.core.availability import Policy
from zdsync.core.status import Status
from zdsync.core.status import status as worked_out
from zdsync.core.writing import plain
from zdsync.settings import Secret, Settings
from zdsync.status import write
from zdsync.store.server import EmbeddedRedis
from zdsync.store.status import StatusPage
from zdsync.web.apps import apps_of
from zdsync.web.status import PATH, status_route
from zdsync.web.status_texts import WORDS

POLICY = Policy("K Pro", Fraction(95, 100), ZoneInfo("Europe/Paris"))
NOW = at("2026-11-20 12:00")


def some() -> Status:
    """Down for an hour, with a planned window and a past."""
    night = ("2026-11-28 22:00", "2026-11-29 00:00")
    windows = [
        replace(window(*night, announced("2026-11-10 10:00", *night)), titles={"en": "Storage <1>", "fr": "Stockage"}),
        done("2026-10-05 22:00", "2026-10-05 23:00", "2026-09-01 10:00", ticket=902),
    ]
    outages = [an_outage("2026-11-20 11:00", None), an_outage("2026-11-10 09:00", "2026-11-10 10:30", 2)]
    return worked_out(POLICY, outages, windows, NOW, at("2026-09-01 00:00"))


def site(load: Any, now: Any = lambda: NOW) -> Starlette:
    return Starlette(routes=[status_route(load, now)])


def get(app: Starlette, **headers: str) -> Answer:
    return asyncio.run(ask(app, "GET", PATH, headers))


def text(answer: Answer) -> str:
    return answer.body.decode()


@pytest.fixture
def promised(desk: Desk) -> Desk:
    desk.rulebook = replace(desk.rulebook, availability=POLICY, hash="status")
    desk.restart()
    return desk


def test_both_languages_say_everything() -> None:
    for name in WORDS["en"].__slots__:
        english, french = getattr(WORDS["en"], name), getattr(WORDS["fr"], name)
        assert len(english) > 0
        assert len(french) > 0
        if isinstance(english, str):
            assert english.count("{") == french.count("{"), name


def test_what_the_task_has_worked_out_is_shown(promised: Desk) -> None:
    """From the account, without a call for a visitor."""
    problem = parent(promised, "2026-11-24 09:00", contacts=1)
    notice(promised, problem, EMILY)
    outage(promised, "2026-12-02 10:00", "2026-12-02 11:30")
    promised.until("2026-12-03 12:00")
    write(promised.parts, promised.store.status)
    calls = promised.calls("")
    found = text(get(site(promised.store.status.load, lambda: promised.now)))
    assert promised.calls("") == calls
    assert "K Pro is available" in found
    assert "Wed 2 Dec, 10:00 – 11:30" in found
    assert "Sat 5 Dec, 22:00 – Sun 6 Dec, 00:00" in found
    # 60 h are 3 600 min, 90 of them 2.5 %
    assert "97.500%" in found
    body = found.partition("<body>")[2]
    for secret in ("ALPHA", "Zorro", "#", "Emily", "northgate", "Tom"):
        assert secret not in body


def test_an_outage_is_not_told_before_customers_are(promised: Desk) -> None:
    """Declared, and the countdown goes on."""
    promised.until("2026-12-02 10:00")
    promised.does(TOM, promised.asks(), type="problem", priority="urgent")
    promised.until("2026-12-02 10:04")
    write(promised.parts, promised.store.status)
    found = promised.store.status.load()
    assert found is not None
    assert (found.state, found.past) == ("up", ())


def test_the_task_changes_nothing_in_zendesk_and_writes_no_names_into_redis(promised: Desk) -> None:
    outage(promised, "2026-12-02 10:00", None)
    promised.until("2026-12-02 12:00")
    writes = len(promised.account.writes)
    write(promised.parts, promised.store.status)
    assert len(promised.account.writes) == writes
    kept = promised.redis.get("zdsync:status")
    assert isinstance(kept, bytes)
    assert set(json.loads(kept)) == set(Status.__slots__)
    assert b"Emily" not in kept


def test_it_is_worked_out_every_five_minutes_and_at_once_where_nothing_is_known(promised: Desk) -> None:
    promised.until("2026-12-02 12:00")
    page = promised.store.status
    write(promised.parts, page)
    calls = promised.calls("")
    promised.wait(299)
    write(promised.parts, page)
    assert promised.calls("") == calls
    promised.redis.delete("zdsync:status")
    write(promised.parts, page)
    first = page.load()
    assert first is not None
    promised.wait(300)
    write(promised.parts, page)
    second = page.load()
    assert second is not None
    assert (second.at - first.at).total_seconds() >= 300


def test_while_zendesk_is_away_the_last_one_stays(promised: Desk) -> None:
    promised.until("2026-12-02 12:00")
    write(promised.parts, promised.store.status)
    before = promised.store.status.load()
    promised.fault("reply", method="*", path="/search/*", status=503, times=99)
    promised.wait(600)
    write(promised.parts, promised.store.status)
    assert promised.store.status.load() == before is not None


@pytest.mark.parametrize(
    ("asked", "language"),
    [({}, "en"), ({"accept-language": "fr-CH, en;q=0.5"}, "fr"), ({"accept-language": "de"}, "en")],
)
def test_in_the_language_that_the_browser_asks_for(asked: dict[str, str], language: str) -> None:
    answer = get(site(some), **asked)
    assert (answer.status, answer.headers["content-language"]) == (200, language)
    assert f'<html lang="{language}">' in text(answer)


def test_headers_keep_it_to_itself() -> None:
    """As the confirmation page has them: no scripts, no frames, nothing from elsewhere."""
    headers = get(site(some)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_times_are_in_minutes_as_in_the_mails_about_the_same_outage() -> None:
    """Zendesk's records have seconds, too."""
    outages = [
        an_outage("2026-11-20 11:00:23", None),
        an_outage("2026-11-10 09:00:40", "2026-11-10 10:30:12", 2),
        an_outage("2026-11-09 09:00:10", "2026-11-09 09:00:30", 3),
    ]
    found = worked_out(POLICY, outages, [], NOW + timedelta(seconds=7), at("2026-09-01 00:00"))
    body = plain(text(get(site(lambda: found))))
    assert "Since Fri 20 Nov, 11:00." in body
    assert "As known on Fri 20 Nov, 12:00." in body
    assert "<b>Outage</b> (1 h 30 min)<br>Tue 10 Nov, 09:00 – 10:30" in body
    assert "<b>Outage</b><br>Mon 9 Nov, 09:00</li>" in body


def test_an_emptied_redis_is_not_known_yet() -> None:
    answer = get(site(lambda: None))
    assert answer.status == 200
    assert text(answer).count("Not known yet") == 1, "its title is another one"


def test_what_another_version_has_written_is_not_known_yet(desk: Desk) -> None:
    page = StatusPage(desk.redis)
    for broken in (b"{}", b"no json", b'{"at": 3}'):
        desk.redis.set("zdsync:status", broken)
        assert page.load() is None


def test_a_redis_that_is_away_is_asked_once_for_all_visitors() -> None:
    asked: list[int] = []

    def away() -> Status | None:
        asked.append(1)
        raise RedisAway("secret host")

    async def both() -> list[Answer]:
        app = site(away)
        return list(await asyncio.gather(*(ask(app, "GET", PATH) for _ in range(5))))

    answers = asyncio.run(both())
    assert [answer.status for answer in answers] == [503] * 5
    assert all("Not known yet" in text(answer) and "secret host" not in text(answer) for answer in answers)
    assert len(asked) == 1


def test_what_is_old_says_so_and_claims_nothing() -> None:
    found = text(get(site(some, lambda: NOW + timedelta(hours=1))))
    assert "nothing newer is known" in found
    assert 'class="state"' in found
    assert 'class="state down"' in text(get(site(some)))


def test_only_looking_is_allowed() -> None:
    assert asyncio.run(ask(site(some), "POST", PATH, {}, b"x")).status == 405


def test_it_is_there_only_where_it_is_switched_on(redis_server: EmbeddedRedis) -> None:
    for switched, code in ((False, 404), (True, 200)):
        settings = Settings(redis_url=Secret(redis_server.url), status_page=switched)

        async def visit(settings: Settings = settings) -> int:
            async with apps_of(settings)() as (public, _):
                return (await ask(public, "GET", PATH)).status

        assert asyncio.run(visit()) == code
