"""An index of packages on 127.0.0.1, whose wheels hold only their names: what pip would choose, without a network."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote


def wheel(name: str, version: str, requires: str = "") -> bytes:
    """A wheel for every machine that holds no file.

    Args:
        name: the name of the package.
        version: its version, such as ``2.13.0+cpu``.
        requires: what it depends on, such as ``nvidia-cublas==1.0``; empty for nothing.
    """
    content, info = io.BytesIO(), f"{name.replace('-', '_')}-{version}.dist-info"
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: binary\n"
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{info}/METADATA", described + (f"Requires-Dist: {requires}\n" if requires else ""))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return content.getvalue()


class PackageIndex:
    """A server of wheels. It lists them in folders, such as ``simple`` and ``whl/cpu``, each an index of its own.

    Args:
        folders: folder -> name, version and dependency of each wheel, as :func:`wheel` takes them.
    """

    def __init__(self, folders: dict[str, list[tuple[str, str, str]]]) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        links: dict[str, list[str]] = defaultdict(list)
        for folder, wheels in folders.items():
            for name, version, requires in wheels:
                path = f"/{folder}/{name}/{name.replace('-', '_')}-{version}-py3-none-any.whl"
                self.pages[path] = wheel(name, version, requires)
                links[f"/{folder}/{name}/"].append(f'<a href="{quote(path)}">{path.rpartition("/")[2]}</a>')
        self.pages |= {path: f"<!DOCTYPE html>{''.join(lines)}".encode() for path, lines in links.items()}
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(self.path)
                index.asked.append(path)
                page = index.pages.get(path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html" if path.endswith("/") else "application/octet-stream")
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def chosen(self, requirements: Path, **variables: str) -> dict[str, str]:
        """What pip would install into an empty environment: package -> version.

        Args:
            requirements: the file to install, which may name folders of this server.
            variables: environment variables for pip.
        """
        clean = {
            name: value for name, value in os.environ.items() if "proxy" not in name.lower() and name[:4] != "PIP_"
        }
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--report",
            "-",
        ]
        command += ["--no-cache-dir", "--disable-pip-version-check", "--index-url", f"{self.url}/simple"]
        done = subprocess.run(
            [*command, "-r", str(requirements)],
            env=clean | {"PIP_CONFIG_FILE": os.devnull} | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return {each["metadata"]["name"]: each["metadata"]["version"] for each in json.loads(done.stdout)["install"]}
