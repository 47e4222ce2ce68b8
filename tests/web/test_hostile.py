"""Ten thousand hostile requests, and malformed HTTP over a real socket: no 5xx, no effect, and it still works after."""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections import Counter
from contextlib import suppress

from tests.web.asgi import ask
from tests.web.running import running
from tests.web.test_public import Stored, an_app
from tests.zendesk.test_webhook import TRIGGER, signed
from zdsync.zendesk import webhook

REQUESTS = 10_000
MALFORMED = 300

INVALID_JSON = [
    b"", b"{", b"[1,2", b"nul", b"\x00", b"\xff\xfe", b"NaN", b'{"ticket_id":NaN}', b'{"ticket_id":Infinity}',
    b'{"ticket_id":"\xed\xa0\x80"}', b'{"a":' * 2000, b"[" * 3000, b'"' + b"a" * 2000, b"\xef\xbb\xbf{}", b"1e999",
]  # fmt: skip
NO_TICKET: list[object] = [
    None, True, 5, "x", [], {}, [{}], {"ticket_id": None}, {"ticket_id": []}, {"ticket_id": {"id": 1}},
    {"ticket_id": 0}, {"ticket_id": -5}, {"ticket_id": 2**63}, {"ticket_id": 10**400}, {"ticket_id": 1.0},
    {"ticket_id": "1 OR 1=1"}, {"ticket_id": "１２"}, {"ticket_id": "1" * 400}, {"ticket_id": "' .. redis.call()"},
    {"subject": "zen:ticket:"}, {"subject": "zen:ticket:-1"}, {"subject": "zen:ticket:1\n2"}, {"subject": 5},
    {"detail": 5, "subject": "zen:ticket:1"}, {"__proto__": {"ticket_id": "1"}},
]  # fmt: skip


def hostile(dice: random.Random) -> tuple[str, str, list[tuple[bytes, bytes]], list[bytes]]:
    """A request that must have no effect: unsigned, wrongly signed, stale, malformed, or not about a ticket."""
    body = _body(dice)
    headers = dict(signed(body))
    match dice.randrange(8):
        case 0:
            del headers[dice.choice([webhook.SIGNATURE, webhook.TIMESTAMP])]
        case 1:
            headers[webhook.SIGNATURE] = _noise(dice, 60)
        case 2:
            headers[webhook.TIMESTAMP] = _noise(dice, 30)
        case 3:
            headers = signed(body, stamp=f"2026-11-24T{dice.choice(['08', '10'])}:{dice.randrange(10, 60)}:00Z")
        case 4:
            headers = signed(body, secret=_noise(dice, 20).encode("ascii", "ignore").decode() + "x")
        case 5:
            headers, body = signed(body), body + b" "
        case 6:
            headers[webhook.INVOCATION] = dice.choice(["", "a b", "x" * 65, "*", "..", "\x7f", "é"])
        case 7:
            body = dice.choice([*INVALID_JSON, *(json.dumps(each).encode() for each in NO_TICKET)])
            headers = signed(body)
    if dice.random() < 0.3:
        headers["content-length"] = dice.choice(["0", "-1", "x", "9" * 30, str(len(body) + 1), "\xb2"])
    if dice.random() < 0.2:
        headers[_noise(dice, 12)] = _noise(dice, 2000)
    method = dice.choice(["POST"] * 8 + ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
    path = dice.choice(["/webhook"] * 12 + ["/", "//webhook", "/webhook/../", "/%00", "/é", "/" + "a" * 3000])
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return method, path, raw, _pieces(dice, body)


def _body(dice: random.Random) -> bytes:
    if dice.random() < 0.5:
        return TRIGGER
    return dice.choice([dice.randbytes(dice.randrange(400)), *INVALID_JSON, b'{"ticket_id":"1"}' * 3])


def _noise(dice: random.Random, longest: int) -> str:
    letters = string.ascii_letters + string.digits + string.punctuation + "äöü\x01 \t"
    return "".join(dice.choice(letters) for _ in range(dice.randrange(1, longest)))


def _pieces(dice: random.Random, body: bytes) -> list[bytes]:
    cut = dice.randrange(len(body) + 1)
    return [body[:cut], b"", body[cut:]] if dice.random() < 0.3 else [body]


def test_ten_thousand_hostile_requests_cause_no_error_and_no_effect() -> None:
    stored, dice, statuses = Stored(), random.Random(20261124), Counter[int]()
    app = an_app(stored.receive)

    async def attack() -> None:
        for _ in range(REQUESTS):
            statuses[(await ask(app, *hostile(dice))).status] += 1

    asyncio.run(attack())
    assert stored.hints == []
    assert set(statuses) <= {200, 400, 401, 404, 405, 413}
    assert statuses[401] > REQUESTS / 4
    assert statuses[400] > REQUESTS / 20
    assert asyncio.run(ask(app, "POST", "/webhook", signed(TRIGGER), TRIGGER)).status == 202


def test_malformed_http_over_a_socket_is_survived() -> None:
    """Whatever the bytes, the server answers 4xx or closes, and takes a proper delivery afterwards."""
    stored, dice = Stored(), random.Random(7)
    with running(an_app(stored.receive)) as port:
        statuses = asyncio.run(_attack(port, dice))
        assert all(status < 500 for status in statuses)
        assert stored.hints == []
        assert asyncio.run(_exchange(port, _request(TRIGGER, signed(TRIGGER)))) == 202
    assert len(stored.hints) == 1


def test_many_deliveries_in_one_packet_are_each_answered() -> None:
    stored = Stored()
    requests = [_request(TRIGGER, signed(TRIGGER, {webhook.INVOCATION: f"INVOCATION{number}"})) for number in range(20)]
    with running(an_app(stored.receive)) as port:
        answered = asyncio.run(_read_all(port, b"".join(requests) + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))
    assert answered.count(b"HTTP/1.1 202") == 20
    assert len(stored.hints) == 20


def _request(body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /webhook HTTP/1.1", "host: x", f"content-length: {len(body)}", *lines])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def _malformed(dice: random.Random) -> bytes:
    good = bytearray(_request(TRIGGER, signed(TRIGGER, secret="not ours")))
    match dice.randrange(9):
        case 0:
            return dice.randbytes(dice.randrange(1, 2000))
        case 1:
            return bytes(good[: dice.randrange(1, len(good))])
        case 2:
            for _ in range(dice.randrange(1, 30)):
                good[dice.randrange(len(good))] = dice.randrange(256)
            return bytes(good)
        case 3:
            return b"POST /webhook HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + dice.choice(
                [b"zz\r\n", b"-5\r\nhello\r\n", b"FFFFFFFFFFFFFFFFFF\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"4\r\nhi"]
            )
        case 4:
            return b"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"
        case 5:
            return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        case 6:
            return b"GET /webhook HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
        case 7:
            return b"POST /webhook HTTP/1.1\r\nx: " + b"a" * 70_000 + b"\r\n\r\n"
        case _:
            return b"POST http://other/webhook HTTP/9.9\r\n\r\n\x16\x03\x01"


async def _attack(port: int, dice: random.Random) -> list[int]:
    answered = [await _exchange(port, _malformed(dice)) for _ in range(MALFORMED)]
    return [status for status in answered if status is not None]


async def _exchange(port: int, data: bytes) -> int | None:
    """The status of the first answer, None where the connection was closed without one."""
    answer = await _read_all(port, data, first_only=True)
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else None


async def _read_all(port: int, data: bytes, *, first_only: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        writer.write(data)
        await writer.drain()
        if first_only:
            writer.write_eof()
        while chunk := await asyncio.wait_for(reader.read(65536), 10):
            answer += chunk
            if first_only:
                break
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer
