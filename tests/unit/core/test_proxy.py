# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy of a URL: `_core/proxy.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.proxy import Proxy, find_proxy


def find(url: str = "https://digital.example.com", *, bypassed: bool = False) -> Proxy | None:
    return find_proxy(url, lambda asked: bypassed and asked == url)


def test_without_a_variable_there_is_no_proxy() -> None:
    assert find() is None


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({"https_proxy": "http://p:1"}, "https://h", Proxy("http://p:1", "https_proxy")),
        ({"https_proxy": "http://p:1"}, "http://h", None),
        ({"http_proxy": "http://p:1"}, "http://h", Proxy("http://p:1", "http_proxy")),
        ({"HTTPS_PROXY": "http://p:1"}, "https://h", Proxy("http://p:1", "HTTPS_PROXY")),
        ({"all_proxy": "socks5h://p:1"}, "https://h", Proxy("socks5h://p:1", "all_proxy")),
        ({"all_proxy": "http://a", "https_proxy": "http://p"}, "https://h", Proxy("http://p", "https_proxy")),
        ({"all_proxy": "http://a", "https_proxy": "http://p"}, "http://h", Proxy("http://a", "all_proxy")),
        ({"https_proxy": "http://one", "HTTPS_PROXY": "http://two"}, "https://h", Proxy("http://one", "https_proxy")),
        ({"https_proxy": " p:3128 "}, "https://h", Proxy("http://p:3128", "https_proxy")),
        ({"https_proxy": ""}, "https://h", None),
    ],
)
def test_the_variable_of_the_scheme_comes_first(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: Proxy | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find(url) == expected


def test_a_host_of_no_proxy_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://p:1")
    assert find(bypassed=True) is None


@pytest.mark.parametrize(
    ("url", "is_usable", "is_socks", "password"),
    [
        ("http://p:3128", True, False, None),
        ("https://user:secret@p", True, False, "secret"),
        ("socks5://user:secret@p:1", True, True, "secret"),
        ("socks4a://p", True, True, None),
        ("ftp://user:secret@p", False, False, None),
        ("http://", False, False, None),
        ("http://p:0", False, False, None),
        ("http://p:70000", False, False, None),
        ("http://[p", False, False, None),
    ],
)
def test_validity_scheme_and_password_of_a_proxy_come_from_its_url(
    url: str, is_usable: bool, is_socks: bool, password: str | None
) -> None:
    proxy = Proxy(url, "https_proxy")
    assert (proxy.is_usable, proxy.is_socks, proxy.password) == (is_usable, is_socks, password)


def test_a_message_shows_no_credentials() -> None:
    text = str(Proxy("http://user:secret@p:1", "https_proxy"))
    assert "secret" not in text
    assert "p:1" in text
    assert "https_proxy" in text
