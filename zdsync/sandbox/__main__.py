"""`python -m zdsync.sandbox`: a demo account on its own port, until Ctrl-C. `zdsync sandbox` runs `main` too."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from zdsync.sandbox.account import Account
from zdsync.sandbox.app import Sandbox
from zdsync.sandbox.base import Row, iso, to_ms
from zdsync.sandbox.seed import OAUTH_CLIENT, OAUTH_SECRET
from zdsync.sandbox.serve import Server, listen, run


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="zdsync sandbox", description="A Zendesk in memory, over HTTP.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--now", help="the account's time at the start, ISO; default: now")
    parser.add_argument("--rate", type=float, default=1.0, help="account seconds per second; 0: frozen")
    parser.add_argument("--seed", choices=("demo", "empty"), default="demo", help="the account to begin with")
    parser.add_argument("--load", type=Path, help="begin with an account saved from GET /control/state")
    parser.add_argument("--save", type=Path, help="save the account there at the end")
    parser.add_argument("--json", action="store_true", help="print the address as one JSON line")
    return parser.parse_args(argv)


def _account(options: argparse.Namespace) -> Account:
    if options.load:
        return Account.from_json(json.loads(options.load.read_text()))
    now_ms = to_ms(options.now) if options.now else to_ms(datetime.now(UTC))
    account = (Account.demo if options.seed == "demo" else Account.empty)(iso(now_ms))
    account.clock.run_at(options.rate)
    return account


def _introduce(server: Server, *, as_json: bool) -> None:
    told: Row = {
        "url": server.url,
        "email": server.email,
        "token": server.token,
        "control": server.control_url,
        "oauth_client_id": OAUTH_CLIENT,
        "oauth_client_secret": OAUTH_SECRET,
        "now": iso(server.account.now_ms),
    }
    if as_json:
        print(json.dumps(told), flush=True)
        return
    for name, value in told.items():
        print(f"{name:20} {value}", flush=True)


async def _serve(options: argparse.Namespace) -> None:
    listener = listen(options.port)
    server = Server(Sandbox(_account(options)), listener.getsockname()[1])
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(server.sandbox, listener, stop, lambda: _introduce(server, as_json=options.json))
    if options.save:
        options.save.write_text(json.dumps(server.account.to_json()))


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 when stopped by a signal, 2 for wrong arguments."""
    options = arguments(argv)
    try:
        asyncio.run(_serve(options))
    except (ValueError, OSError) as error:
        print(f"zdsync sandbox: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
