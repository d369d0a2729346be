# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of Genesys Cloud CX: `_genesys_cloud/roles.py`."""

from __future__ import annotations

from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import roles as role


def test_wildcards_are_compared_with_the_catalogue() -> None:
    catalogue = {"a": {"x": frozenset({"view", "edit"}), "y": frozenset({"send"})}}

    def same(desired: Any, observed: Any) -> bool:
        left, right = ({key: frozenset(actions) for key, actions in side.items()} for side in (desired, observed))
        return role.same(left, right, catalogue)

    every = {("a", "x"): ["edit", "view"], ("a", "y"): ["send"]}
    assert same({("*", "*"): ["*"]}, every)
    assert same({("a", "*"): ["view"]}, {("a", "x"): ["view"]})
    assert same({("a", "*"): ["view"]}, {("a", "x"): ["view"], ("a", "y"): ["view"]})
    assert not same({("a", "*"): ["view"]}, {("a", "x"): ["view"], ("a", "y"): ["send"]})
    assert not same({("a", "x"): ["*"]}, {("a", "x"): ["view"]})
    assert not same({("a", "x"): ["*"], ("a", "y"): ["new"]}, {("a", "x"): ["edit", "view"]})
    assert not same({("b", "*"): ["*"]}, {("b", "z"): ["*"]})
    assert same({("b", "*"): ["*"], ("a", "y"): ["*"]}, {("b", "*"): ["*"], ("a", "y"): ["send"]})
