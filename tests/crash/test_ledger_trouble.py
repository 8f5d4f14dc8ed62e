"""The ledger is in trouble while a telephone system is being changed: nothing is done that cannot be noted."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ccconf.ledger import lock
from ccconf.ledger.lock import Pulse
from tests.crash.beside import Beside
from tests.crash.estate import STAFF, Office
from tests.postgres import server


@pytest.fixture(name="team")
def use_team(tmp_path: Path) -> Iterator[Office]:
    """An office whose ledger is in PostgreSQL."""
    address = server().new_database()
    with Office(tmp_path) as office:
        office.begin(ledger=address)
        yield office


def ledger_of(office: Office) -> str:
    """What `ledger:` says."""
    said = re.search(r"^ledger: (\S+)$", (office.folder / "ccconf.yaml").read_text(), re.M)
    assert said is not None
    return said[1]


class TestTheDiskIsFull:
    """No byte more can be written."""

    def test_before_the_run(self, office: Office, beside: Beside) -> None:
        ran = beside.start(office.folder, "apply --yes", office.secrets, full_at=1).ended()
        assert ran.code == 1, ran.text
        assert "CC008 ledger.db cannot be used" in ran.text
        assert office.made == []
        assert office.ccconf("apply --yes").code == 0
        office.whole()

    @pytest.mark.parametrize("full_at", [4, 6, 9])
    def test_in_the_middle_of_the_run(self, office: Office, beside: Beside, full_at: int) -> None:
        ran = beside.start(office.folder, "apply --yes --format json", office.secrets, full_at=full_at).ended()
        assert ran.code in (1, 5), ran.text
        assert "CC008" in ran.text and "cannot be used" in ran.text
        if ran.code == 5:
            ends = Counter(row["status"] for row in ran.report["outcomes"])
            assert sum(ends.values()) == 31 and ends["blocked"] > 0
            assert len(office.made) == ends["done"] + ends["uncertain"]
            office.resumed()
        else:
            assert office.made == []
            assert office.ccconf("apply --yes").code == 0
        office.once_each()
        office.whole()


class TestTheFileIsGone:
    """Somebody tidies up, or checks out another state of the project, while a run is at work."""

    @pytest.mark.parametrize("what", ["removed", "replaced"])
    def test_nothing_is_noted_in_a_file_that_nobody_finds_again(self, office: Office, what: str) -> None:
        ledger = office.folder / ".ccconf" / "ledger.db"

        def tidied() -> None:
            other = ledger.read_bytes()
            for part in ledger.parent.iterdir():
                part.unlink()
            if what == "replaced":
                ledger.write_bytes(other)

        office.before(tidied, method="POST", path="/Users$", at=3)
        ran = office.ccconf("apply --yes")
        assert ran.code == 5, ran.text
        assert f"CC008 ledger.db was {what} while it was in use" in ran.text
        ends = Counter(re.findall(r"^(done|failed|stale|uncertain|blocked) ", ran.out, re.M))
        assert ends["blocked"] > 0 and not ends.keys() & {"failed", "stale"}, ran.text
        assert not ledger.exists() or what == "replaced"
        office.once_each()
        assert not office.wrong


class TestTheFileIsDamaged:
    """Somebody, or a disk, has overwritten a part of it."""

    def test_a_run_that_was_cut_off_is_not_resumed_from_a_guess(self, office: Office) -> None:
        office.before(lambda: office.goes_wrong(kind="refuse"), method="POST", path="/Users$", at=3)
        assert office.ccconf("apply --yes").code == 5
        office.goes_well()
        path = office.folder / ".ccconf" / "ledger.db"
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096 * 6)
        made = len(office.made)
        for command in ("apply --resume --yes", "apply --yes"):
            ran = office.ccconf(command)
            assert ran.code == 1 and re.search("CC008 .+ damaged", ran.text), ran.text
        assert len(office.made) == made
        mended = office.ccconf("ledger check --repair")
        assert "cannot be resumed any more: a new plan shows what is left" in mended.out
        office.target(licence={"edition": "enterprise", "seats": len(STAFF) + 2})
        office.later()
        ran = office.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        office.once_each()
        office.settled()
        leavers = ["307", "308"]  # whether ccconf once made them is not known any more, so they are left alone
        assert office.numbers() == sorted([*STAFF, *leavers])


class TestTheServer:
    """PostgreSQL goes away, comes back, or may only be read."""

    def test_goes_away_for_a_moment(self, team: Office) -> None:
        def blink() -> None:
            server().stop()
            threading.Timer(0.5, server().start).start()

        team.before(blink, method="POST", path="/Users$", at=3)
        ran = team.ccconf("apply --yes")
        assert (ran.code, "31 done." in ran.out) == (0, True), ran.text
        team.once_each()
        team.whole()

    def test_goes_away_for_longer_than_the_lease(self, team: Office) -> None:
        usual = lock.take.__kwdefaults__
        assert usual is not None
        team.patch.setitem(usual, "pulse", Pulse(1.0, 0.2, 0.05))
        team.target(ledger=ledger_of(team), options={"at_once": 2})
        team.before(server().stop, method="POST", path="/Users$", at=3)
        ran = team.ccconf("apply --yes")
        try:
            assert ran.code == 5, ran.text
            assert re.search("CC008|CC013", ran.text)
            ends = Counter(re.findall(r"^(done|failed|stale|uncertain|blocked) ", ran.out, re.M))
            assert ends["blocked"] > 3 and not ends.keys() & {"failed", "stale"}, ran.text
            away = team.ccconf("apply --resume --yes")
            assert away.code == 1 and "CC008" in away.text and "see that the server runs" in away.text
        finally:
            server().start()
        team.resumed()
        team.once_each()

    def test_may_only_be_read(self, team: Office) -> None:
        config = team.folder / "ccconf.yaml"
        writable = config.read_text()
        with psycopg.connect(server().address(re.findall(r"ledger: .+/(\w+)", writable)[0])) as connection:
            connection.execute("GRANT USAGE ON SCHEMA ccconf TO reader")
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA ccconf TO reader")
        config.write_text(writable.replace("owner@", "reader@"))
        ran = team.ccconf("apply --yes")
        assert ran.code == 1 and "CC008" in ran.text and "may not be written by this user" in ran.text
        assert team.made == []
        assert team.ccconf("plan").code == 2  # whoever only wants to know may ask
        config.write_text(writable)
        assert team.ccconf("apply --yes").code == 0
        team.whole()
