# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transaction whose options are sender IDs and webhook headers (contract section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._core import checks
from .._core.task import Plan, Run, Step
from .sections import Configuration, Delta, Sections, Transaction, delta

TRANSACTION = "NexusServices"


@dataclass(frozen=True)
class Change:
    """A change of a transaction's options.

    :arg sections: all sections after the change.
    :arg sentences: one for each change.
    :arg before, after: the states for the diff.
    """

    sections: Sections
    sentences: tuple[str, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def plan(self, transaction: Transaction) -> Plan[Configuration]:
        """Return the plan that makes the change in one write."""
        if not self.sentences:
            return Plan({}, {})
        step: Step[Configuration] = Step(
            self.sentences, partial(_write, transaction, delta(transaction.sections, self.sections))
        )
        return Plan(self.before, self.after, (step,))


def confirm_tenant(run: Run, client: Configuration) -> None:
    """Raise InvalidInput if the login certainly belongs to another tenant than the ccid of the task."""
    if run.params["ccid"] is not None and run.params["gws_check_ccid"]:
        for sentence in client.confirm(checks.uuid("ccid", run.params["ccid"])):
            run.warn(sentence)


def read_transaction(run: Run, client: Configuration) -> Transaction:
    """Return the transaction, and warn the user of oddities of its options."""
    transaction = client.read(TRANSACTION)
    for sentence in transaction.oddities:
        run.warn(sentence)
    return transaction


def _write(transaction: Transaction, change: Delta, client: Configuration) -> None:
    client.write(transaction, change)
