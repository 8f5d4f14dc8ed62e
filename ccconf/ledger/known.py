"""Which platform a target was when something was first applied on it. What is known of one says nothing of another."""

from __future__ import annotations

from ccconf.errors import Broken, broken
from ccconf.findings import Location
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger


def known_address(ledger: Ledger, target: str) -> str:
    """The platform that the ledger knows under that name; empty where it knows none."""
    if not ledger.exists():
        return ""
    with ledger.reading() as connection:
        from sqlalchemy import select

        from ccconf.ledger.tables import TARGETS

        return (
            connection.execute(select(TARGETS.c.address).where(TARGETS.c.target == target)).scalar_one_or_none() or ""
        )


def same_platform(ledger: Ledger, spot: Spot, where: Location) -> None:
    """Whether what the ledger knows of a target is about this platform. Raises `Broken` (CC017)."""
    known = known_address(ledger, spot.target)
    if known and known != spot.address:
        raise _another(spot, known, where)


def stands_for(ledger: Ledger, spot: Spot, where: Location) -> None:
    """The name of the target stands for this platform from now on. Raises `Broken` (CC017) where it has another one."""
    if not known_address(ledger, spot.target):
        with ledger.writing() as connection:
            from ccconf.ledger.tables import TARGETS, insert

            new = insert(connection.dialect.name, TARGETS).values(spot._asdict())
            connection.execute(new.on_conflict_do_nothing())
    same_platform(ledger, spot, where)


def readdress(ledger: Ledger, spot: Spot) -> None:
    """It is the same platform under another address: all that is known of it stays true."""
    with ledger.writing() as connection:
        from ccconf.ledger.tables import TARGETS

        connection.execute(TARGETS.update().where(TARGETS.c.target == spot.target).values(address=spot.address))


def _another(spot: Spot, known: str, where: Location) -> Broken:
    message = f"{spot.target} is {spot.address} now, and what the ledger knows of it was applied on {known}"
    hint = f"another platform needs another target name; if it is the same: ccconf ledger readdress -t {spot.target}"
    return broken("CC017", message, hint, where)
