# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of tasks in unit tests: filled in with defaults, and refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput


def filled(spec: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Return all options of a specification: the given ones, and the defaults of the others."""
    assert set(given) <= set(spec)
    return {name: given.get(name, option.get("default")) for name, option in spec.items()}


def wrong(call: Callable[..., object], *arguments: Any, **options: Any) -> str | None:
    """Return the parameter that a call refuses."""
    with pytest.raises(InvalidInput) as caught:
        call(*arguments, **options)
    return caught.value.parameter
