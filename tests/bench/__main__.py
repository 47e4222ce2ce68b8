"""`python -m tests.bench [name…]`: run the benches of these names, or all; exit code 1 if a bound is missed."""

from __future__ import annotations

import sys
from importlib import import_module
from time import monotonic

from tests.bench import BENCHES


def main(wanted: list[str]) -> int:
    """0: every bound is met; 1: one is missed; 2: there is no bench of that name."""
    if unknown := [name for name in wanted if name not in BENCHES]:
        print(f"no bench is named {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    missed = []
    for name in wanted or BENCHES:
        print(name, flush=True)
        started = monotonic()
        if not import_module(f"tests.bench.{name}").run():
            missed.append(name)
        print(f"  in {monotonic() - started:.1f} s\n", flush=True)
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
