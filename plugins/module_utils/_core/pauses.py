# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pauses between two attempts, or two looks."""

from __future__ import annotations

import random
from collections.abc import Iterator


def pauses(first: float, longest: float, least: float = 0.8) -> Iterator[float]:
    """Return pauses in seconds without end, each twice as long as the one before.

    :arg longest: seconds of a pause, at most.
    :arg least: the part of a pause that is waited in any case. The rest is chosen at random, so that many runs which
        began together do not ask together.
    """
    pause = first
    while True:
        yield pause * random.uniform(least, 1.0)
        pause = min(longest, pause * 2)
