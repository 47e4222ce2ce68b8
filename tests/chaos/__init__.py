"""Real processes, a real Redis, a real sandbox over HTTP, and what goes wrong in operation: always the same end.

story.py     two days of a desk: 25 tickets of six kinds, and where each kind must end
world.py     starts all of it, breaks it, and moves the clock on whenever nothing is under way
troubles.py  what goes wrong, each at a moment that is made sure of
ending.py    what the account looks like afterwards

The clock stands still while anything is under way and then jumps, so a case takes seconds, however long its days are.
"""

import pytest

pytest.register_assert_rewrite("tests.chaos.ending")
