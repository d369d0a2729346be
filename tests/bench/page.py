# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a report in a browser: how long the effect of a key takes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page
from tools.browser import browser

# A callback of requestAnimationFrame runs before its frame is painted. So the one that it requests runs after that.
_WATCH = """() => {
  window.waits = [];
  let pressed = 0;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  addEventListener("input", () => requestAnimationFrame(() => requestAnimationFrame(
    () => waits.push(performance.now() - pressed))));
}"""

_NEXT = """async (limit) => {
  const end = performance.now() + limit;
  while (!waits.length && performance.now() < end) await new Promise(requestAnimationFrame);
  if (!waits.length) throw new Error(`The key had no effect within ${limit} ms.`);
  return waits.shift();
}"""


@dataclass(frozen=True)
class PageResult:
    """What was measured.

    :arg size: the bytes of the file.
    :arg waits: for each key, the milliseconds from its event to the frame after the one that shows its effect.
    """

    size: int
    waits: Sequence[float]

    @property
    def median(self) -> float:
        """The median of the waits."""
        return statistics.median(self.waits)


def measure_page(path: Path, words: Sequence[str], limit: int = 10_000) -> PageResult:
    """Type words into the search, remove them again, and go through all lists of values with the keyboard.

    :arg limit: the milliseconds to wait for the effect of a key. After that, an error ends the measurement.
    """
    with browser() as running:
        page = running.new_page()
        page.goto(path.as_uri())
        page.evaluate(_WATCH)
        waits = [_wait(page, box, key, limit) for box, key in _keys(page, words)]
    return PageResult(path.stat().st_size, waits)


def _keys(page: Page, words: Sequence[str]) -> Iterator[tuple[Locator, str]]:
    search = page.get_by_label("Search")
    for word in words:
        for key in (*word, *["Backspace"] * len(word)):
            yield search, key
    for box in page.get_by_role("combobox").all():
        others = box.locator("option").count() - 1
        for key in (*["ArrowDown"] * others, *["ArrowUp"] * others):
            yield box, key


def _wait(page: Page, box: Locator, key: str, limit: int) -> float:
    box.press(key)
    return float(page.evaluate(_NEXT, limit))
