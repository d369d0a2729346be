# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from servers, `_core/server_text.py`: it does no harm where it is shown or written."""

from __future__ import annotations

import time

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import server_text
from unit.properties import example, given, st

# Escape (erase a line), C1 control, right-to-left override, zero-width space, byte order mark, surrogate, separators.
HARMFUL = ["\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\ufeff", "\ud800", "\u2028", "\n", "\r", "\x00"]


@pytest.mark.parametrize("character", HARMFUL, ids=repr)
def test_a_harmful_character_is_replaced_in_a_result(character: str) -> None:
    assert server_text.in_result({f"a{character}": [f"b{character}", ("c", 1, None)]}) == {
        "a\ufffd": ["b\ufffd", ["c", 1, None]]
    }


@given(st.text())
def test_a_message_is_one_line_without_harmful_characters(text: str) -> None:
    shown = server_text.in_message(text)
    assert not any(server_text.is_harmful(character) for character in shown)
    assert len(shown) <= len(text)


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_ordinary_text_stays_unchanged(text: str) -> None:
    assert server_text.in_result(text) == text
    assert server_text.in_message(text) == text


def test_whitespace_in_a_message_is_folded_and_the_message_is_cut() -> None:
    assert server_text.in_message(" a \n b\tc ", 4) == "a b "


def test_a_traceback_keeps_its_lines() -> None:
    assert server_text.in_traceback("a\x1b\n  b\n") == "a\ufffd\n  b"


@given(st.text(st.characters(codec="utf-8")))
@example("0123")
@example("yes")
@example("2026-01-01")
@example("{{ lookup('pipe', 'id') }}")
@example("#jinja2: variable_start_string: '[[', variable_end_string: ']]'\n[[ lookup('pipe', 'id') ]]")
def test_a_value_in_a_variables_file_is_the_same_text_and_not_a_template(text: str) -> None:
    written = server_text.in_variables_file(text)
    assert written.startswith("!unsafe ") or ("{" not in text and not text.startswith("#jinja2:"))
    assert DataLoader().load(f"x: {written}\n") == {"x": text}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://x/?token=canary", "https://x/?********"),
        ("HTTP://x?canary#canary", "HTTP://x?********"),
        ("see https://x/a?b=canary, or ask", "see https://x/a?******** or ask"),
        ("'https://x/?canary' and \"https://y/?canary\"", "'https://x/?********' and \"https://y/?********\""),
        ("Is it https://x? No.", "Is it https://x? No."),
        ("really? canary", "really? canary"),
        ("https://x/?a=https://y/?canary", "https://x/?********"),
        ("https://x?", "https://x?"),
    ],
)
def test_the_query_of_a_url_is_hidden(text: str, shown: str) -> None:
    assert server_text.in_message(text) == shown
    assert server_text.in_result({"a": [text]}) == {"a": [shown]}
    assert server_text.in_traceback(text) == shown


def test_a_crafted_text_does_not_take_long() -> None:
    begun = time.monotonic()
    server_text.in_message("http://" * 20_000 + " ?")
    assert time.monotonic() - begun < 2


def test_ascii_is_written_to_a_variables_file_as_it_is() -> None:
    assert server_text.in_variables_file("a ~b") == '"a ~b"'
    assert server_text.in_variables_file("\x7fé") == r'"\U0000007f\U000000e9"'
    assert server_text.in_variables_file("{a}") == '!unsafe "{a}"'


@pytest.mark.parametrize(("point", "is_whole"), [(0xD7FF, True), (0xD800, False), (0xDFFF, False), (0xE000, True)])
def test_a_text_with_a_surrogate_is_not_whole(point: int, is_whole: bool) -> None:
    assert server_text.is_whole(f"a{chr(point)}b") is is_whole
