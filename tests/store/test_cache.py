"""The caches: what is put in comes out, and anything may be missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from zdsync.core.intake import Found, When
from zdsync.core.model import Audit, Change, Comment, Person
from zdsync.store import cache as module
from zdsync.store.cache import HISTORY_TTL, Cache, Echo

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUDIT = Audit(
    id=1,
    at=NOW,
    author_id=5,
    changes=(Change("status", "open", "new"), Change("tags", ("a", "b"), None), Change("34057044510353", 1.5, True)),
    comments=(
        Comment(9, 5, public=False, flags=frozenset({4, 11})),
        Comment(
            10, 5, public=True, intake=Found(phone="signature", when=When(NOW, NOW, "range"), when_in="text"), files=2
        ),
    ),
    keys=("sla:1:first",),
    unusable=("an event of unknown type",),
)


@pytest.fixture
def cache(redis: Redis, prefix: str) -> Cache:
    return Cache(redis, prefix)


def test_everything_may_be_missing(cache: Cache) -> None:
    """An empty cache answers every question with nothing."""
    assert cache.load(7) is None
    assert cache.echo(7) is None
    assert cache.echoes([]) == {}
    assert cache.people([1, 2]) == {}
    assert cache.people([]) == {}
    assert cache.cursor("tickets") is None
    assert cache.held_back(7, NOW) == {}
    assert cache.rulebook() is None
    cache.forget(7)


def test_a_history_comes_back_as_it_was(cache: Cache) -> None:
    """Decisions from the cache are those from Zendesk."""
    cache.save(7, (AUDIT,))
    assert cache.load(7) == (AUDIT,)
    assert cache.load(8) is None
    cache.forget(7)
    assert cache.load(7) is None


def test_an_empty_history_is_not_a_missing_one(cache: Cache) -> None:
    """A ticket without audits yet is known as such."""
    cache.save(7, ())
    assert cache.load(7) == ()


instants = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.lists(st.text()).map(tuple),
)
changes = st.builds(Change, st.text(), values, values, st.booleans())
comments = st.builds(
    Comment, st.integers(1, 2**53), st.integers(-1, 2**53), st.booleans(), st.frozensets(st.integers(0, 99))
)
audits = st.builds(
    Audit,
    id=st.integers(1, 2**53),
    at=instants,
    author_id=st.integers(-1, 2**53),
    channel=st.text(),
    changes=st.lists(changes, max_size=3).map(tuple),
    comments=st.lists(comments, max_size=2).map(tuple),
    keys=st.lists(st.text(), max_size=2).map(tuple),
    unusable=st.lists(st.text(), max_size=2).map(tuple),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(audits, max_size=4).map(tuple))
def test_any_history_comes_back_as_it_was(cache: Cache, history: tuple[Audit, ...]) -> None:
    """Whatever Zendesk has sent, the types of the values are kept too."""
    cache.save(7, history)
    loaded = cache.load(7)
    assert loaded == history
    kinds = [
        [[type(change.value) for change in audit.changes] for audit in audits] for audits in (loaded or (), history)
    ]
    assert kinds[0] == kinds[1], "True is not 1, and 1 is not 1.0"


def test_histories_of_another_version_are_read_anew(cache: Cache, redis: Redis, prefix: str) -> None:
    """After an upgrade that changes the model an old entry is a miss, not a half-filled history."""
    cache.save(7, (AUDIT,))
    stored = redis.get(f"{prefix}history:7")
    assert isinstance(stored, bytes)
    redis.set(f"{prefix}history:7", b"----" + stored[4:])
    assert cache.load(7) is None
    redis.set(f"{prefix}history:7", stored[:-3])
    assert cache.load(7) is None, "nor is a damaged one"
    assert module._shape(Audit) != module._shape(Change)


def test_a_history_lives_for_thirty_days_after_its_last_use(cache: Cache, redis: Redis, prefix: str) -> None:
    """A ticket that is looked at daily is never read in full again."""
    cache.save(7, (AUDIT,))
    redis.expire(f"{prefix}history:7", 100)
    cache.load(7)
    assert int(redis.ttl(f"{prefix}history:7")) > HISTORY_TTL.total_seconds() - 100


def test_our_last_write_is_known(cache: Cache) -> None:
    """The poller asks for a whole page at once; tickets we never wrote are left out."""
    cache.record_echo(7, NOW, 100)
    cache.record_echo(7, NOW + timedelta(seconds=5), 101)
    cache.record_echo(9, NOW, 102)
    assert cache.echoes([7, 8, 9]) == {7: Echo(NOW + timedelta(seconds=5), 101), 9: Echo(NOW, 102)}


def test_people_are_kept_for_an_hour(cache: Cache, redis: Redis, prefix: str) -> None:
    """A person comes back as it was, and a changed one replaces it."""
    ada = Person(1, "agent", "fr", "Europe/Paris", 3)
    cache.save_people([ada, Person(2, "end-user", suspended=True)])
    assert cache.people([1, 2, 3]) == {1: ada, 2: Person(2, "end-user", suspended=True)}
    cache.save_people([Person(1, "end-user")])
    assert cache.people([1]) == {1: Person(1, "end-user")}
    assert 0 < int(redis.ttl(f"{prefix}person:1")) <= 3600


def test_cursors_are_apart(cache: Cache) -> None:
    """Each export has its own place."""
    cache.save_cursor("tickets", "MTU3NjYxMzUzOS4wfHw0Njd8")
    assert cache.cursor("tickets") == "MTU3NjYxMzUzOS4wfHw0Njd8"
    assert cache.cursor("ticket_events") is None


def test_a_refused_key_rests_and_is_told_once(cache: Cache) -> None:
    """The first refusal is news; the next one an hour later is not."""
    hour = timedelta(hours=1)
    assert cache.hold_back(7, ["sla:1:first", "sla:1:next"], NOW + hour) == {"sla:1:first", "sla:1:next"}
    assert cache.held_back(7, NOW) == {"sla:1:first": NOW + hour, "sla:1:next": NOW + hour}
    assert cache.held_back(8, NOW) == {}
    assert cache.held_back(7, NOW + hour) == {}
    assert cache.hold_back(7, ["sla:1:first", "new"], NOW + 2 * hour) == {"new"}
    assert set(cache.held_back(7, NOW + hour)) == {"sla:1:first", "new"}
    assert cache.hold_back(7, [], NOW) == frozenset()


def test_the_rulebook_in_force(cache: Cache) -> None:
    """Publishing tells which one was in force before, so that a change is noticed once."""
    assert cache.publish_rulebook("a1") is None
    assert cache.publish_rulebook("b2") == "a1"
    assert cache.rulebook() == "b2"
