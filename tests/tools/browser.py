# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's Chromium, controlled by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright
from tools.packages import require


def chromium() -> str:
    """Return the path of Chromium. Install it if it is missing."""
    return require(lambda: shutil.which("chromium"), "the browser Chromium", "chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium without a window."""
    # Chromium's own sandbox does not work as root, nor in containers.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            yield running
        finally:
            running.close()
