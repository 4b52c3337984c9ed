"""``photonic open``: the page of a service that answers, in the browser, or as an address."""

from __future__ import annotations

import threading
import webbrowser
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from photonic.cli.application import application

if TYPE_CHECKING:
    from collections.abc import Generator


class Health(BaseHTTPRequestHandler):
    """Answers as the service does."""

    def do_GET(self) -> None:
        body = b'{"status": "ok", "timestamp": "2026-01-01T00:00:00Z", "version": "0.1.0"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server
        """Nothing on the terminal."""


@contextmanager
def serving() -> Generator[str]:
    """The address of a service."""
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("page", "path"), [([], ""), (["booth"], "booth"), (["operator"], "operator")])
def test_the_page_is_opened_and_its_address_is_printed(
    page: list[str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browse(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    with serving() as url:
        result = CliRunner().invoke(application, ["open", *page, "--url", url])
    assert (result.exit_code, result.stdout) == (0, f"{url}/{path}\n")
    assert opened == [f"{url}/{path}"]


def test_without_a_browser_the_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def browse(address: str) -> bool:
        return False

    monkeypatch.setattr(webbrowser, "open", browse)
    with serving() as url:
        result = CliRunner().invoke(application, ["open", "gallery", "--url", url])
    assert (result.exit_code, result.stdout) == (0, f"{url}/gallery\n")
    assert result.stderr == "photonic: there is no browser here: open the address on another device\n"
