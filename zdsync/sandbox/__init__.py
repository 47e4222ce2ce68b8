"""A Zendesk in memory, served over real HTTP: for the demo, for the tests, for anybody's Zendesk client.

It imports nothing else of zdsync, so that it can judge it. `serve.py` starts it, `account.py` holds its state,
`app.py` is the way of one request. `serve` and `Account` are all that users of it need.
"""

from zdsync.sandbox.account import Account
from zdsync.sandbox.serve import Server, serve

__all__ = ["Account", "Server", "serve"]
