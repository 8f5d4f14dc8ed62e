"""Debian's PostgreSQL on loopback, started once for each process of the tests, with a database for each test.

Where it is not installed, tests over it are skipped; in CI they fail instead, because `.ci/run` installs it.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

_QUICK = (
    "fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB", "max_wal_senders=0",
    "wal_level=minimal", "listen_addresses=127.0.0.1", "max_connections=100", "log_min_messages=fatal",
)  # fmt: skip
"""Nothing outlives the tests, so nothing is flushed for them."""

_NAMES = itertools.count(1)


def server() -> Server:
    """The server of this process; skips the test where there is none."""
    folder = _programs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; .ci/run has to install it")
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    return _started(folder)


@cache
def _programs() -> Path | None:
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    return Path(found).resolve().parent if found else (folders[-1] if folders else None)


@cache
def _started(programs: Path) -> Server:
    started = Server(programs)
    atexit.register(started.close)
    return started


class Server:
    """A running server. Everybody may sign in without a password, but for the role `locked`, whose password is
    `secret-word`.
    """

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="ccconf-postgres-"))
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:  # it refuses to run as root
            user = max(
                (row for row in pwd.getpwall() if row.pw_name in ("postgres", "nobody")), key=lambda row: row.pw_name
            )
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "owner",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run([*command, "--locale=C"], check=True, capture_output=True, cwd=self.folder, **self.user)
        access = self.folder / "data" / "pg_hba.conf"
        access.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + access.read_text())
        self.start()
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute("CREATE ROLE locked LOGIN PASSWORD 'secret-word'")
            connection.execute("CREATE ROLE reader LOGIN")

    def address(self, database: str, user: str = "owner") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"db{next(_NAMES)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def fill(self, address: str, like: str) -> None:
        """Nobody is connected to either; from now on the one holds what the other holds."""
        database, template = (text.rpartition("/")[2] for text in (address, like))
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database}")
            connection.execute(f"CREATE DATABASE {database} TEMPLATE {template}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [word for setting in (*_QUICK, f"port={self.port}", f"unix_socket_directories={self.folder}")
                    for word in ("-c", setting)]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *settings],
                stdout=log, stderr=log, cwd=self.folder, **self.user,
            )  # fmt: skip
        for _ in range(600):
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it at once; whoever is connected is cut off."""
        if self.process is not None:
            self.process.send_signal(2)  # "fast": sessions are ended, nothing is lost
            self.process.wait(timeout=30)
            self.process = None

    def close(self) -> None:
        """Stop it, and take everything away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
