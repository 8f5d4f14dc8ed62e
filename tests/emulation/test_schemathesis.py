"""Calls that nobody would make, drawn from the vendor's description: the emulator may refuse them, never break.

The examples are the same on every run. Each path has a system of its own, for some of the calls lock the caller out.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ccconf.platforms.threecx.emulator import Seed
from tests.emulation.contract import CLOSED, SERVED, description
from tests.emulation.desk import desk

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

EXAMPLES = 8
_METHODS = ("get", "post", "patch", "delete")


@cache
def operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(description(CLOSED))
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.mark.parametrize("path", SERVED)
def test_nothing_breaks_it(path: str) -> None:
    known = [f"{method.upper()} {path}" for method in _METHODS]
    found = [operations()[label] for label in known if label in operations()]
    assert found
    with desk(seed=Seed(users=4, departments=3, queues=1)) as office:
        for operation in found:
            _bombard(operation, office.server.url, office.session)


def _bombard(operation: Any, url: str, session: Any) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | operation.as_strategy(schemathesis.GenerationMode.NEGATIVE))
    def call(case: Any) -> None:
        answer = case.call(base_url=f"{url}/xapi/v1", session=session, timeout=10)
        assert answer.status_code < 500, f"{operation.label}: {answer.status_code}"

    call()
