"""Whatever anybody does in the life of a major incident, customers are told what is true, once, and nobody else is."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.lives_deeds import Deed, deeds, live
from tests.scenarios.lives_oracle import judge

QUICK: Final = settings().max_examples <= 50
"""Three lives take a second: `make test` has the same few each time, `make soak` asks for many others."""


@settings(
    max_examples=6 if QUICK else 1000,
    derandomize=QUICK,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(deeds(), st.booleans())
def test_whatever_happens_customers_are_told_what_is_true_and_once(told: list[Deed], holding: bool) -> None:
    judge(live(told, holding=holding))
