# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transaction of a tenant: `_configuration/transaction.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import transaction
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Delta, Transaction, delta
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.transaction import Change
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan
from unit.arguments import wrong
from unit.doubles import make_run

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"


@dataclass
class Client:
    """Notes how it is called."""

    calls: list[tuple[object, ...]] = field(default_factory=list)

    def confirm(self, ccid: str) -> tuple[str, ...]:
        self.calls.append(("confirm", ccid))
        return ("odd login",)

    def read(self, name: str) -> Transaction:
        self.calls.append(("read", name))
        return Transaction(7, name, {"chat.a": {"media": "chat"}}, ("odd option", "another"))

    def write(self, found: Transaction, change: Delta) -> None:
        self.calls.append(("write", found, change))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("ccid", "is_checked", "calls"),
    [
        (f" {CCID.upper()} ", True, [("confirm", CCID)]),
        (CCID, False, []),
        (None, True, []),
        (None, False, []),
    ],
)
def test_the_login_is_checked_for_a_task_with_a_ccid(ccid: str | None, is_checked: bool, calls: list[object]) -> None:
    client, run = Client(), make_run({"ccid": ccid, "gws_check_ccid": is_checked})
    transaction.confirm_tenant(run, client)
    assert client.calls == calls
    assert run.warnings == (["odd login"] if calls else [])


def test_a_ccid_must_be_a_uuid() -> None:
    run = make_run({"ccid": "acme", "gws_check_ccid": True})
    assert wrong(transaction.confirm_tenant, run, Client()) == "ccid"


def test_oddities_of_the_transaction_are_warnings() -> None:
    client, run = Client(), make_run()
    found = transaction.read_transaction(run, client)
    assert (found.dbid, client.calls) == (7, [("read", "NexusServices")])
    assert run.warnings == ["odd option", "another"]


def test_the_plan_of_a_change_writes_the_difference() -> None:
    client = Client()
    before = Transaction(7, "NexusServices", {"chat.a": {"media": "chat", "x": "1"}, "chat.b": {"y": "2"}})
    made = Change({"chat.a": {"media": "sms", "z": "3"}}, ("change a",), {"a": 1}, {"a": 2}).plan(before)
    assert (made.before, made.after, made.sentences) == ({"a": 1}, {"a": 2}, ["change a"])
    (step,) = made.steps
    step.call(client)
    ((name, written, change),) = client.calls
    assert (name, written) == ("write", before)
    assert change == delta(before.sections, {"chat.a": {"media": "sms", "z": "3"}})
    assert isinstance(change, Delta)


def test_no_sentence_is_no_change() -> None:
    before = Transaction(7, "NexusServices", {"chat.a": {"media": "chat"}})
    assert Change(before.sections).plan(before) == Plan({}, {})
