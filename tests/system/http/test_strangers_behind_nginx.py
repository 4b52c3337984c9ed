"""What a stranger may do through an nginx that photonic was not told about: the table of the documentation."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.fake_controller import FakeController
from tests.support.reverse_proxies import HOW_TO, SERVICE, nginx
from tests.support.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

# Since nginx 1.29.7, the default of `proxy_http_version` is 1.1, and no Connection header is sent any more. Each row
# says both, so that it is the same with every nginx.
CONFIGURATIONS = {
    "only `proxy_pass`, nginx 1.29.7 or newer": 'proxy_http_version 1.1; proxy_set_header Connection "";',
    "only `proxy_pass`, nginx before 1.29.7": "proxy_http_version 1.0; proxy_set_header Connection close;",
    "with `proxy_http_version 1.1`, nginx before 1.29.7": "proxy_http_version 1.1; proxy_set_header Connection close;",
    "with HTTP/1.1 and `X-Forwarded-For`": "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $remote_addr;",
    "with HTTP/1.1 and `Host $host`": "proxy_http_version 1.1; proxy_set_header Host $host;",
}
SETTINGS: dict[str, dict[str, Any]] = {
    "no setting": {},
    '`loopback_role = "operator"`': {"loopback_role": "operator"},
    '`loopback_role = "none"`': {"loopback_role": "none"},
    "a token": {"token": "a-token-against-strangers"},
    "`trusted_proxies`": {"trusted_proxies": ("127.0.0.1",)},
}
PROBES = (
    ("/api/v1/diagnosis/log", "**operator**"),
    ("/api/v1/captures", "guest"),
    ("/api/v1/camera/capture/status", "viewer"),
)
HOSTS = ("booth.example", "localhost")
NOTHING = "nothing"
GUIDE, MARK = HOW_TO / "behind-nginx.md", "<!-- tested: strangers -->\n"


def site() -> str:
    """Each configuration at a path of its own."""
    locations = (
        f"location /{number}/ {{ proxy_pass http://{SERVICE}/; {directives} }}"
        for number, directives in enumerate(CONFIGURATIONS.values())
    )
    return "server {\nlisten 80;\n" + "\n".join(locations) + "\n}"


async def role_at(client: httpx2.AsyncClient, number: int) -> str:
    """The role of somebody who shows nothing, and asks by the name that suits best."""
    for path, role in PROBES:
        for host in HOSTS:
            answer = await client.get(f"/{number}{path}", headers={"Host": host})
            assert answer.status_code in {200, 400, 401, 403}, answer.text
            if answer.status_code == 200:
                return role
    return NOTHING


async def test_the_table_of_the_guide_is_what_nginx_and_the_service_do(tmp_path: Path) -> None:
    roles: dict[tuple[str, str], str] = {}
    for setting, values in SETTINGS.items():
        async with serving(FakeController(), **values) as service:
            with nginx(tmp_path / "nginx", site(), service.host_and_port) as proxy:
                async with httpx2.AsyncClient(base_url=proxy.here) as client:
                    for number, configuration in enumerate(CONFIGURATIONS):
                        roles[configuration, setting] = await role_at(client, number)

    head = ["nginx", *SETTINGS]
    rows = [[each, *(roles[each, setting] for setting in SETTINGS)] for each in CONFIGURATIONS]
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))
    _before, mark, rest = GUIDE.read_text().partition(MARK)
    shown = "".join(takewhile(lambda line: line.startswith("|"), rest.splitlines(keepends=True)))
    assert mark
    assert shown == table, f"{GUIDE} has to show:\n{table}"
    # Whoever follows the guide is safe, whatever nginx says.
    for setting in ('`loopback_role = "none"`', "a token", "`trusted_proxies`"):
        assert {roles[each, setting] for each in CONFIGURATIONS} == {NOTHING}
