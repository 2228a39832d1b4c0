"""A real PostgreSQL server for the tests, where one is installed: in a folder of its own, reached by a socket there."""

from __future__ import annotations

import glob
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg

UNPRIVILEGED = ("postgres", "nobody")
"""Users that the server may run as if we are root, which it refuses to be."""


def installed() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.split("/")[4]))
    initdb = shutil.which("initdb") or (found[-1] if found else None)
    return Path(initdb).resolve().parent if initdb else None


class Postgres:
    """A server with an empty cluster.

    Args:
        programs: folder of ``initdb`` and ``postgres``.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="ipcore-pg-"))
        self._as = {}
        if os.geteuid() == 0:
            users = {entry.pw_name: entry for entry in pwd.getpwall()}
            user = next(users[name] for name in UNPRIVILEGED if name in users)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        command = [programs / "initdb", "-D", self._folder / "data", "-U", "ipcore", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, **self._as)
        self._numbers = itertools.count()
        self._process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        command = [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, "-h", ""]
        command += ["-c", "fsync=off", "-c", "lc_messages=C", "-c", "max_connections=60"]  # tests cut no power
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, cwd=self._folder, process_group=0, **self._as
        )
        said = []
        for line in self._process.stderr:
            said.append(line)
            if "ready to accept connections" in line:
                break
        else:
            raise RuntimeError("PostgreSQL did not start: " + "".join(said))
        # What it says from here on is read too, so that the pipe does not fill up.
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def stop(self) -> None:
        """Ends the server at once, and with it every connection; it recovers when it is started again."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def remove(self) -> None:
        """Ends the server for good."""
        self.stop()
        shutil.rmtree(self._folder)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://ipcore@/{name}?host={self._folder}"
