# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pauses between two attempts."""

from __future__ import annotations

import random
from collections.abc import Iterator


def pauses(first: float, longest: float, least: float = 0.8) -> Iterator[float]:
    """Yield pauses in seconds without end, each twice as long as the previous one.

    :arg longest: the maximum of a pause, in seconds.
    :arg least: the part of a pause that is always waited. The rest is random, so that runs which started together do
        not send their requests together.
    """
    pause = first
    while True:
        yield pause * random.uniform(least, 1.0)
        pause = min(longest, pause * 2)
