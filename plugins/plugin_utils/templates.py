# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-core before 2.19 does with templates, and the settings that change it.

Since 2.19 a string stays a string, and an undefined variable is always an error.
"""

from __future__ import annotations

import re

from ansible.constants import config
from ansible.release import __version__

_IS_BEFORE_2_19 = tuple(map(int, __version__.split(".")[:2])) < (2, 19)


def makes_numbers_of_texts() -> bool:
    """Return True if a template becomes a number when its result looks like one (``jinja2_native``)."""
    return _IS_BEFORE_2_19 and bool(config.get_config_value("DEFAULT_JINJA2_NATIVE"))


def leaves_undefined() -> bool:
    """Return True if a template with an undefined variable stays unchanged (``error_on_undefined_vars`` is off)."""
    return _IS_BEFORE_2_19 and not config.get_config_value("DEFAULT_UNDEFINED_VAR_BEHAVIOR")


def harmless(text: str) -> str:
    """Change a text so that Ansible does not treat it as a template."""
    return re.sub(r"\{(?=[{%#])", "{ ", text)
