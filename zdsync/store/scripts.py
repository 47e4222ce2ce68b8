"""The Lua scripts of `lua/`, as text. Every class of this package that needs an atomic step loads its script here.

A script is its own file behind a prelude that it shares with its neighbours. Redis knows it by its hash; redis-py sends
the text again whenever a restarted server has forgotten it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def source(*names: str) -> str:
    """The text of `lua/<name>.lua`, behind `room.lua` and the preludes named before it: `source("common", "claim")`."""
    folder = files("zdsync.store") / "lua"
    return "\n".join((folder / f"{name}.lua").read_text("utf-8") for name in ("room", *names))
