"""A link to the sign-in page leads back to this service, and nowhere else."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.access.return_path import return_path

ROOT = "https://booth.example/booth1"


@pytest.mark.parametrize("path", ["/", "/gallery", "/gallery?session=a%20b&lang=de", "/view?kiosk=1", "/docs?x=//y"])
def test_paths_of_this_service_are_kept(path: str) -> None:
    assert return_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "gallery",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/../other",
        "/a/../../other",
        "/%2e%2E/other",
        "/.%2e/other",
        "/%5c..%5cother",
        "/gällery",
        "/https:/evil.example/x",
        "/https://evil.example/x",
        "/a//evil.example",
        "/x:y",
        "/sign-in",
        "/sign-in?next=/sign-in",
        "/" + "a" * 2000,
    ],
)
def test_everything_else_becomes_the_front_page(elsewhere: str | None) -> None:
    assert return_path(elsewhere) == "/"


@given(st.text(alphabet="/\\.:@?#%25eaE \t\n\x00-", max_size=12))
@example("/%2e%2e/")
def test_no_text_leads_out(text: str) -> None:
    seen = urlsplit(urljoin(f"{ROOT}/sign-in", f".{return_path(text)}"))
    assert (seen.scheme, seen.netloc) == ("https", "booth.example")
    assert seen.path.startswith("/booth1/")
