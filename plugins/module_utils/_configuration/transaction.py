# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transaction whose options are sender IDs and webhook headers (contract section 3)."""

from __future__ import annotations

from functools import partial

from .._core import checks
from .._core.task import Run, Step
from .sections import Configuration, Delta, Sections, Transaction, delta

TRANSACTION = "NexusServices"


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


def write_step(sentences: tuple[str, ...], transaction: Transaction, after: Sections) -> Step[Configuration]:
    """Return the step that writes a new state of a transaction's options, in one write."""
    return Step(sentences, partial(_write, transaction, delta(transaction.sections, after)))


def _write(transaction: Transaction, change: Delta, client: Configuration) -> None:
    client.write(transaction, change)
