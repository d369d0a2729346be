# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What property tests take from hypothesis, with one profile: each run has the same examples.

So a failure is about the change that is tested. Other tests do not import this, because it takes as long to import
hypothesis as to run most test files.
"""

import os

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

__all__ = ["assume", "example", "given", "settings", "st"]

settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    # `make unit` tries more than a run by hand, which is to be quick.
    max_examples=int(os.environ.get("MAX_EXAMPLES", "25")),
    # A server that a fixture starts once does for all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")
