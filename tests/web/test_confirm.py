"""The confirmation page over real HTTP, with a real sandbox, Redis and worker: what each visitor gets, what becomes of
the ticket, and that nobody but who presses a button changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from redis.exceptions import ConnectionError
from structlog.testing import capture_logs

from tests.web.linked import EMILY, JEANNE, KEY, TOM, Linked, linked
from zdsync.core.links import PATH, TOKEN_LENGTH, Links
from zdsync.store.due import Due
from zdsync.store.server import EmbeddedRedis
from zdsync.store.visits import Visits
from zdsync.web.confirm import ANSWERS_A_MINUTE, BODY_LIMIT, LOOKS_A_MINUTE

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def page(redis_server: EmbeddedRedis) -> Iterator[Linked]:
    with linked(redis_server) as opened:
        yield opened


def test_a_yes_solves_the_ticket_and_the_note_says_on_what(page: Linked) -> None:
    ticket = page.asked()
    answer = page.post(page.path(ticket), "yes")
    assert answer.status == 200
    assert "Thank you" in answer.text
    assert page.status(ticket) == "solved"
    assert page.keys(ticket) == ["ask", "link:yes"]
    assert page.notes(ticket) == ["The holder of the link said: yes, it is completed."]
    assert "zdsync_confirmed" in page.desk.row(ticket)["tags"]
    page.desk.sane()


def test_a_no_opens_it_with_the_customers_words(page: Linked) -> None:
    ticket = page.asked()
    answer = page.post(page.path(ticket), "no", "Page 2 is missing.\r\n\r\nAnd page 3.")
    assert answer.status == 200
    assert page.status(ticket) == "open"
    (note,) = page.notes(ticket)
    assert note.startswith("The holder of the link said: no, something is missing.")
    assert note.endswith("> Page 2 is missing.\n> And page 3.")
    assert page.keys(ticket) == ["ask", "link:no"]
    page.desk.work_for(days=20)
    assert page.keys(ticket) == ["ask", "link:no"], "nobody is reminded who has answered"
    page.desk.sane()


def test_the_worker_is_told_at_once(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    page.desk.work_for(hours=5)
    page.post(path, "yes")
    page.desk.work_for(seconds=3)
    assert page.desk.row(ticket)["status"] == "solved"


def test_the_page_shows_the_number_and_nothing_else_of_the_request(page: Linked) -> None:
    ticket = page.asked(subject="The secret subject")
    answer = page.get(page.path(ticket))
    assert answer.status == 200
    assert f"#{ticket}" in answer.text
    for word in ("secret subject", "Emily", "northgate", "It says no", "Done."):
        assert word not in answer.text


def test_the_subject_is_shown_where_the_rule_says_so(redis_server: EmbeddedRedis) -> None:
    with linked(redis_server, link_shows="subject") as page:
        ticket = page.asked(subject="<b>Export</b> & {{ more }}")
        assert "&lt;b&gt;Export&lt;/b&gt; &amp; {{ more }}" in page.get(page.path(ticket)).text


HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "content-type": "text/html; charset=utf-8",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_answer_is_kept_framed_indexed_or_scripted(page: Linked, method: str) -> None:
    ticket = page.asked()
    for path in (page.path(ticket), f"{PATH}forged"):
        answer = page.call(method, path)
        assert HEADERS.items() <= answer.headers.items()
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "<script" not in answer.text
        assert "http" not in answer.text, "nothing is loaded from, or leads, elsewhere"


def test_only_a_post_changes_anything(page: Linked) -> None:
    """A scanner opens every link, in every way, with every header; one even follows the links of the page."""
    ticket = page.asked()
    path = page.path(ticket)
    before = page.desk.our_writes()
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"):
        for target in (path, f"{path}?answer=yes&said=x", f"{path}?lang=fr"):
            answer = page.call(method, target, user_agent="Scanner/1.0", sec_purpose="prefetch")
            assert answer.status in (200, 405)
    page.desk.redis.flushdb()  # also when nothing is cached, the control ticket's switches included
    assert page.get(path).status == 200
    assert page.desk.our_writes() == before
    assert page.status(ticket) == "pending"
    assert page.keys(ticket) == ["ask"]


def test_a_head_asks_neither_zendesk_nor_redis(page: Linked) -> None:
    path = page.path(page.asked())
    calls = page.calls()
    assert page.call("HEAD", path).status == 200
    assert page.calls() == calls


LANGUAGES = {
    "an English requester": (EMILY, "", "fr", "en"),
    "a French requester": (JEANNE, "", "en", "fr"),
    "switched to French": (EMILY, "?lang=fr", "en", "fr"),
    "switched to English": (JEANNE, "?lang=en", "fr", "en"),
    "a language that there is not": (JEANNE, "?lang=xx", "en", "fr"),
}


@pytest.mark.parametrize(("who", "query", "accepted", "language"), LANGUAGES.values(), ids=LANGUAGES)
def test_the_language(page: Linked, who: str, query: str, accepted: str, language: str) -> None:
    ticket = page.asked(who)
    answer = page.get(page.path(ticket) + query, accept_language=accepted)
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert ("Is your request" in answer.text) == (language == "en")
    assert ("Votre demande" in answer.text) == (language == "fr")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr-CH, en;q=0.8", "fr"), ("de, en;q=0.3, fr;q=0.9", "fr"), ("fr;q=0, en", "en"), ("", "en"), (";;,q=", "en")],
)
def test_without_a_requester_the_browser_decides(page: Linked, accepted: str, language: str) -> None:
    answer = page.get(f"{PATH}forged", accept_language=accepted)
    assert answer.headers["content-language"] == language


def test_a_link_that_was_used_tells_what_was_answered_and_changes_nothing(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    page.post(path, "yes")
    for state in ("pending", "solved"):
        assert page.desk.row(ticket)["status"] == state
        for answer in (page.get(path), page.post(path, "no", "Not at all!")):
            assert answer.status == 200
            assert "Yes, it is completed" in answer.text
            assert "reply to our e-mail" in answer.text
            assert "<form" not in answer.text
        page.status(ticket)
    assert page.keys(ticket) == ["ask", "link:yes"]


def test_a_link_that_was_forwarded_serves_whoever_holds_it_and_the_note_says_so(page: Linked) -> None:
    """Nobody can tell who has pressed the button: it is never said that it was the requester."""
    ticket = page.asked()
    page.post(page.path(ticket), "yes", user_agent="Somebody else's")
    assert page.status(ticket) == "solved"
    (note,) = page.notes(ticket)
    assert "The holder of the link" in note
    assert "customer" not in note


def test_a_link_ends(redis_server: EmbeddedRedis) -> None:
    with linked(redis_server, link_days=2, chase=[], back_to_agent=None) as page:
        ticket = page.asked()
        path = page.path(ticket)
        page.desk.wait(2 * 86400 - 60)
        assert page.get(path).status == 200
        page.desk.wait(60)
        for answer in (page.get(path), page.post(path, "yes")):
            assert answer.status == 410
            assert f"#{ticket}" in answer.text
            assert "reply to our e-mail" in answer.text
        assert page.status(ticket) == "pending"
        assert page.keys(ticket) == ["ask"]


def test_all_forgeries_get_the_same_page_and_cost_nothing(page: Linked) -> None:
    ticket = page.asked()
    token = page.path(ticket).removeprefix(PATH)
    calls, keys = page.calls(), set(page.desk.redis.scan_iter())
    forged = [
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token[:-1],
        token + "a",
        token.upper(),
        f"{token}/",
        "a" * TOKEN_LENGTH,
        "%00",
        "..%2f..%2fetc",
        "",
        "é".encode().hex(),
        "a" * 5000,
    ]
    answers = [call(PATH + each) for each in forged for call in (page.get, page.post)]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert page.calls() == calls
    assert set(page.desk.redis.scan_iter()) == keys
    assert page.status(ticket) == "pending"


def test_keys_rotate(redis_server: EmbeddedRedis) -> None:
    """A link of the former key serves while that is named; afterwards it is as good as forged."""
    old, new = Links("https://desk.example", (KEY,)), Links("https://desk.example", (b"n" * 32,))
    both = Links("https://desk.example", (b"n" * 32, KEY))
    with linked(redis_server, both, signs=old) as page:
        ticket = page.asked()
        assert page.post(page.path(ticket), "yes").status == 200
        assert page.status(ticket) == "solved"
    with linked(redis_server, new, signs=old) as page:
        ticket = page.asked()
        assert page.post(page.path(ticket), "yes").status == 404
        assert page.status(ticket) == "pending"


def test_a_question_that_is_over(page: Linked) -> None:
    """The customer has written, an agent has taken it up, or has closed it without a confirmation: an old link does
    nothing, and says so."""
    written, taken, closed = page.asked(), page.asked(), page.asked()
    paths = [page.path(ticket) for ticket in (written, taken, closed)]
    page.desk.act(EMILY, ticket=written, comment="One more thing.", channel="email")
    page.desk.act(TOM, ticket=taken, status="open")
    page.desk.act(TOM, ticket=closed, status="solved", add_tags=["zdsync_close_anyway"])
    page.desk.work_for(seconds=30)
    states = [page.desk.row(ticket)["status"] for ticket in (written, taken, closed)]
    writes = page.desk.our_writes()
    for path in paths:
        for answer in (page.get(path), page.post(path, "yes", "Really?")):
            assert answer.status == 409
            assert "no longer open" in answer.text
            assert "<form" not in answer.text
    page.desk.work_for(minutes=5)
    assert [page.desk.row(ticket)["status"] for ticket in (written, taken, closed)] == states
    assert page.desk.our_writes() == writes


def test_the_link_of_the_first_question_is_none_to_the_second(page: Linked) -> None:
    ticket = page.asked()
    first = page.path(ticket)
    page.desk.act(TOM, ticket=ticket, status="open")
    page.desk.work_for(seconds=30)
    page.solve(ticket)
    second = page.path(ticket)
    assert second != first
    assert page.post(first, "yes").status == 409
    assert page.status(ticket) == "pending"
    assert page.post(second, "yes").status == 200
    assert page.status(ticket) == "solved"


def test_a_ticket_that_is_gone(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    gone = {"error": "RecordNotFound", "description": "Not found"}
    page.desk.fault("reply", method="GET", path=f"/tickets/{ticket}", status=404, body=gone, times=2)
    assert (page.get(path).status, page.post(path, "yes").status) == (409, 409)


def test_zendesk_cannot_be_reached(page: Linked) -> None:
    """It is said that nothing was recorded, and what was typed is not lost."""
    ticket = page.asked()
    path = page.path(ticket)
    page.desk.fault("reply", method="GET", path="/tickets/*", status=503, times=99)
    assert page.get(path).status == 503
    answer = page.post(path, "no", "Page 2 <is> missing")
    assert answer.status == 503
    assert "not recorded" in answer.text
    assert "Page 2 &lt;is&gt; missing</textarea>" in answer.text
    assert answer.headers["retry-after"] == "60"
    page.desk.faults()
    assert page.post(path, "no").status == 200
    assert page.status(ticket) == "open"


def test_somebody_writes_at_the_same_moment(page: Linked) -> None:
    """A 409 is read again, and what was decided before is decided anew."""
    ticket = page.asked()
    page.desk.fault("reply", method="PUT", path=f"/tickets/{ticket}", status=409)
    assert page.post(page.path(ticket), "yes").status == 200
    assert page.keys(ticket) == ["ask", "link:yes"]
    assert page.status(ticket) == "solved"


def test_somebody_keeps_writing(page: Linked) -> None:
    """Three times, then the customer is asked to try again, with the words in the field."""
    ticket = page.asked()
    page.desk.fault("reply", method="PUT", path=f"/tickets/{ticket}", status=409, times=99)
    before = len(page.desk.our_writes(ticket))
    answer = page.post(page.path(ticket), "no", "my words")
    assert answer.status == 503
    assert "Please try again" in answer.text
    assert "my words</textarea>" in answer.text
    assert len(page.desk.our_writes(ticket)) - before == 3
    assert page.keys(ticket) == ["ask"]


def test_a_reply_that_is_lost_is_found_and_not_written_twice(page: Linked) -> None:
    ticket = page.asked()
    page.desk.fault("lose_reply", method="PUT", path=f"/tickets/{ticket}")
    assert page.post(page.path(ticket), "yes").status == 200
    assert page.keys(ticket) == ["ask", "link:yes"]
    assert page.status(ticket) == "solved"


def test_while_everything_is_stopped_nothing_is_recorded(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    page.desk.store.brakes.pause("maintenance")
    for answer in (page.get(path), page.post(path, "yes")):
        assert answer.status == 503
        assert "reply to our e-mail" in answer.text
        assert "maintenance" not in answer.text
    assert page.keys(ticket) == ["ask"]
    page.desk.store.brakes.unpause()
    assert page.post(path, "yes").status == 200


def test_a_rule_that_is_not_live_any_more_records_nothing(page: Linked) -> None:
    """Nobody would act on the answer."""
    ticket = page.asked()
    path = page.path(ticket)
    book = page.desk.rulebook
    page.desk.rulebook = replace(book, rules=tuple(replace(rule, mode="shadow") for rule in book.rules))
    assert page.get(path).status == 503
    assert page.post(path, "yes").status == 503
    assert page.keys(ticket) == ["ask"]


HOSTILE = {
    "nothing": (b"", FORM),
    "no answer": (b"said=yes", FORM),
    "another answer": (b"answer=maybe", FORM),
    "both": (b"answer=yes&answer=no", FORM),
    "twice": (b"answer=yes&answer=yes", FORM),
    "JSON": (b'{"answer": "yes"}', "application/json"),
    "multipart": (b"--x\r\nContent-Disposition: form-data; name=answer\r\n\r\nyes\r\n--x--", "multipart/form-data"),
    "no content type": (b"answer=yes", ""),
    "a thousand fields": (b"answer=yes&" + b"a=b&" * 1000, FORM),
    "not UTF-8": (b"answer=\xff\xfe", FORM),
    "nothing but percent signs": (b"%" * 1000, FORM),
    "separated otherwise": (b"said=x;answer=yes", FORM),
    "zeros": (b"\x00" * 1000, FORM),
}


@pytest.mark.parametrize(("body", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_a_body_without_one_clear_answer_is_refused(page: Linked, body: bytes, kind: str) -> None:
    ticket = page.asked()
    headers = {"content_type": kind} if kind else {}
    answer = page.call("POST", page.path(ticket), body, **headers)
    assert answer.status == 400
    assert "Please choose one of the two answers" in answer.text
    assert page.status(ticket) == "pending"
    assert page.keys(ticket) == ["ask"]


def test_sixty_thousand_characters_are_cut(page: Linked) -> None:
    ticket = page.asked()
    assert page.post(page.path(ticket), "no", "word " * 12_000).status == 200
    (note,) = page.notes(ticket)
    assert 1900 < len(note) < 2200
    assert note.endswith("…")


def test_more_than_that_is_not_even_read(page: Linked) -> None:
    ticket = page.asked()
    answer = page.post(page.path(ticket), "no", "x" * (BODY_LIMIT + 1))
    assert answer.status == 413
    assert "too long" in answer.text
    assert page.keys(ticket) == ["ask"]


EVIL = (
    "<script>alert(1)</script> {{ticket.requester.email}} {% for x in y %} #{{ 7*7 }} **bold** `code` ![x](http://e.x/p)\n"
    "</textarea><form>\n# heading\n> quote\n/zdsync close\n---\n\u202egnp.exe\x07"
)


def test_what_is_typed_is_harmless_in_the_note(page: Linked) -> None:
    """Zendesk renders Markdown and placeholders in a note; Jinja has done its work before."""
    ticket = page.asked()
    assert page.post(page.path(ticket), "no", EVIL).status == 200
    (note,) = page.notes(ticket)
    said = note.partition("They wrote on the page:")[2]
    for sign in "<{}`*[]#\u202e\x07":
        assert sign not in said
    assert all(line.startswith("> ") for line in said.strip().splitlines())
    assert not any(line.startswith(("> >", "> -")) for line in said.splitlines())
    assert "49" not in said
    assert page.status(ticket) == "open", "no command of an agent's was given"


def test_what_is_typed_is_harmless_in_the_page(page: Linked) -> None:
    ticket = page.asked()
    page.desk.fault("reply", method="PUT", path=f"/tickets/{ticket}", status=503, times=99)
    answer = page.post(page.path(ticket), "no", EVIL)
    assert answer.status == 503
    assert "<script" not in answer.text
    assert answer.text.count("</textarea>") == 1
    assert answer.text.count("<form") == 1
    assert "{{ticket.requester.email}}" in answer.text, "as it was typed, and as text"


def test_a_form_on_another_website_records_nothing(page: Linked) -> None:
    ticket = page.asked()
    answer = page.post(page.path(ticket), "yes", sec_fetch_site="cross-site")
    assert answer.status == 403
    assert page.keys(ticket) == ["ask"]


def test_a_link_is_used_a_few_times_a_minute_only(page: Linked) -> None:
    """By its holders together; another link is another matter."""
    ticket, other = page.asked(), page.asked()
    path = page.path(ticket)
    assert [page.get(path).status for _ in range(LOOKS_A_MINUTE + 2)] == [200] * LOOKS_A_MINUTE + [429] * 2
    page.desk.fault("reply", method="GET", path="/tickets/*", status=503, times=999)
    statuses = [page.post(path, "yes", "my words").status for _ in range(ANSWERS_A_MINUTE + 1)]
    assert statuses == [503] * ANSWERS_A_MINUTE + [429]
    assert "my words</textarea>" in page.post(path, "yes", "my words").text
    page.desk.faults()
    assert page.get(page.path(other)).status == 200
    token = path.removeprefix(PATH)
    assert not [key for key in page.desk.redis.scan_iter() if token.encode() in key], "the token is a secret"


def test_logs_and_numbers_tell_what_happened_and_no_more(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    with capture_logs() as logs:
        page.get(path)
        page.post(path, "no", "my secret words")
        page.post(path, "yes")
    told = [{**line} for line in logs if line["event"] == "confirmation by link"]
    assert [(line["ticket"], line["outcome"]) for line in told] == [(ticket, "no"), (ticket, "answered")]
    for secret in ("my secret words", path.removeprefix(PATH), KEY.decode()):
        assert secret not in str(logs)
    counters = page.desk.store.metrics.snapshot().counters
    assert counters["zdsync_link_answers_total", (("outcome", "no"),)] == 1


def test_of_two_at_the_same_moment_one_is_recorded(page: Linked) -> None:
    ticket = page.asked()
    path = page.path(ticket)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda given: page.post(path, given), ("yes", "no")))
    assert {answer.status for answer in answers} == {200}
    assert len([key for key in page.keys(ticket) if key.startswith("link:")]) == 1
    page.desk.sane()


def test_unassigned_tickets_wait_for_an_agent_and_the_note_says_so(page: Linked) -> None:
    ticket = page.asked()
    page.desk.act(TOM, ticket=ticket, assignee=None)
    page.post(page.path(ticket), "yes")
    assert page.status(ticket) == "open"
    assert "Nobody is assigned" in page.notes(ticket)[0]


def test_a_process_that_dies_before_it_tells_the_worker_delays_the_answer_and_loses_nothing(page: Linked) -> None:
    """The poll finds it: the answer stands on the ticket."""
    ticket = page.asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Due, "hint", lambda *_: 1 / 0)
        answer = page.post(page.path(ticket), "yes")
    assert answer.status == 503
    assert "not sure" in answer.text
    assert page.keys(ticket) == ["ask", "link:yes"]
    page.desk.until(page.desk.now + timedelta(minutes=4), poll_every=timedelta(minutes=1))
    assert page.desk.row(ticket)["status"] == "solved"


def test_a_redis_that_goes_away_after_the_write_spoils_nothing(page: Linked) -> None:
    """What it would have been told, the poll finds."""

    def away(*_: object) -> None:
        raise ConnectionError("gone")

    ticket = page.asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Due, "hint", away)
        assert page.post(page.path(ticket), "yes").status == 200
    assert page.keys(ticket) == ["ask", "link:yes"]


def test_a_redis_that_is_away_before_it_is_told_and_nothing_is_recorded(page: Linked) -> None:
    def away(*_: object) -> None:
        raise ConnectionError("gone")

    ticket = page.asked()
    path = page.path(ticket)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Visits, "allow", away)
        assert page.get(path).status == 503
        answer = page.post(path, "yes")
    assert answer.status == 503
    assert "was not recorded" in answer.text
    assert page.keys(ticket) == ["ask"]


@pytest.mark.parametrize("who", [EMILY, JEANNE])
def test_from_the_first_word_to_the_answer_without_a_single_webhook(page: Linked, who: str) -> None:
    """Asked in the customer's language, with a link; everything else is found by polling."""
    minute = timedelta(minutes=1)
    ticket = page.desk.asks(who)
    page.desk.until(page.desk.now + 5 * minute, poll_every=minute)
    page.desk.does(TOM, ticket, comment="Done.", status="solved", assignee=TOM)
    page.desk.until(page.desk.now + 5 * minute, poll_every=minute)
    (mail,) = [each for each in page.desk.account.emails if PATH in str(each["body"])]
    assert mail["to"] == who
    assert ("Vous pouvez aussi répondre sur cette page" in mail["body"]) == (who == JEANNE)
    assert page.path(ticket) in mail["body"]
    assert page.post(page.path(ticket), "no", "Not yet.").status == 200
    page.desk.until(page.desk.now + 5 * minute, poll_every=minute)
    assert page.desk.row(ticket)["status"] == "open"
    page.desk.sane()


def test_an_unknown_path_beside_it_is_no_page(page: Linked) -> None:
    assert page.get("/confirm").status == 404
    assert page.get(f"/x{PATH}y").status == 404


def test_encoded_fields_are_read_as_browsers_send_them(page: Linked) -> None:
    ticket = page.asked(JEANNE)
    body = urlencode({"said": "Ça marche à 90 %\r\n« presque » 😀", "answer": "no"}).encode()
    assert page.call("POST", page.path(ticket), body, content_type=f"{FORM}; charset=UTF-8").status == 200
    assert page.notes(ticket)[0].endswith("> Ça marche à 90 %\n> « presque » 😀")
