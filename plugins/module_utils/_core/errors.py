# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors that end a task, each with a sentence for the person who reads it.

Clients and resources raise them; only the front doors turn them into a failed task.
"""

from __future__ import annotations

from typing import Any

KINDS = {
    "invalid_input": "A parameter can't be used as it is. `parameter` names it. Nothing was written.",
    "unsupported": "The server can't do what was asked, or what is needed to do it safely.",
    "unreachable": "A request did not reach the server: a wrong URL, a refused connection, TLS, or a proxy.",
    "refused": "The server answered and said no. `status` and `code` are its own.",
    "intermediary": "A proxy, an ingress or a login page answered in place of the API.",
    "unreadable": "The server answered in a form that is not known, incomplete, or too large.",
    "api": "Another fault of an exchange that may be repeated, such as a time-out of a reading request.",
    "unclear": "It is not known whether a write had its effect. Run again: the next run looks first.",
    "stale": "Someone else changed the object at the same time, each time that it was read anew. Run again.",
    "overwritten": "A change was written, and someone else's write replaced it. Run again.",
    "altered": "The comment of a number was written, and the server keeps another text. The message says what to do.",
    "not_seen": "A change was written, and the server does not show it in time. Run again later.",
    "not_written": "A secret was made, and its file could not be written. The message says how to get a new one.",
    "unproven": "A channel's secret could not be proven. `reasons` has a sentence for each channel.",
    "journal": "The journal of purchases can't be used, so nothing is bought.",
    "undecided": "It is not known what became of an order. `intents` has the orders that a person decides on.",
    "missing_library": "A Python library that the module needs is not installed where it runs.",
    "defect": "An error that the collection does not know. Please report it with the exception.",
}
"""Every value of ``failure.kind``, and what it means. docs/failures.md shows this list."""


class SmsError(Exception):
    """The root of all errors that this collection raises on purpose.

    :cvar kind: one of ``KINDS``.
    """

    kind: str
    changed = False
    """Whether something was surely changed before the error."""

    def details(self) -> dict[str, Any]:
        """Return what a playbook may branch on: the ``failure`` value of a failed task."""
        return {"kind": self.kind}

    def add(self, sentence: str) -> None:
        """Say something more."""
        self.args = (f"{self} {sentence}",)


class InvalidInput(SmsError):
    """A parameter can't be used as it is.

    :arg parameter: its name as the user wrote it, for example ``sender_ids[2].channel_id``.
    :arg problem: what is wrong with the value; never the value of a secret.
    :arg remedy: what to write instead.
    """

    kind = "invalid_input"

    def __init__(self, parameter: str, problem: str, remedy: str) -> None:
        super().__init__(f"{parameter}: {problem}. {remedy}.")
        self.parameter = parameter

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "parameter": self.parameter}


class Unsupported(SmsError):
    """The server can't do what was asked, or what is needed to do it safely."""

    kind = "unsupported"

    def __init__(self, sentence: str, *, changed: bool = False) -> None:
        super().__init__(sentence)
        self.changed = changed


class ApiError(SmsError):
    """An exchange with a server did not end well.

    :arg what: what was tried, as an infinitive without "to": ``read the service SMS``.
    :arg url: the address without credentials and query.
    :arg problem: what happened, in words.
    :arg remedy: what the reader can do.
    :arg status: HTTP status, where there was an answer.
    :arg code: the server's own code, where it gave one.
    :arg correlation_id: what the server's operators can search their logs for.
    """

    kind = "api"
    retry_after: float | None = None
    """Seconds after which the server wants to be asked again, where it says so."""
    body: Any = None
    """The decoded answer, for the client that made the call. It is never shown: it may hold secrets."""

    def __init__(
        self,
        what: str,
        url: str,
        problem: str,
        remedy: str,
        *,
        status: int | None = None,
        code: str | int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        traced = f" (correlation id {correlation_id})" if correlation_id else ""
        super().__init__(f"Could not {what}: {url} {problem}{traced}. {remedy}.")
        self.url = url
        self.problem = problem
        self.status = status
        self.code = code
        self.correlation_id = correlation_id

    def details(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "url": self.url,
            "status": self.status,
            "code": self.code,
            "correlation_id": self.correlation_id,
        }


class Unreadable(ApiError):
    """The server answered in a form that is not known, incomplete, or too large."""

    kind = "unreadable"


class Unsent(ApiError):
    """The request surely did not reach the server: repeating it is safe."""

    kind = "unreachable"


class Unclear(ApiError):
    """The request may or may not have had its effect: look before repeating it."""

    kind = "unclear"


class Refused(ApiError):
    """The server answered, understood, and said no: nothing was changed by the request."""

    kind = "refused"


class Intermediary(Refused):
    """Something between here and the API refused: a proxy, an ingress, a login page. The request changed nothing."""

    kind = "intermediary"


class Stale(SmsError):
    """A write was refused since the plan does not fit the server as it is: read again and plan again.

    Raised from the refusal, which is what the user sees if planning again does not help.
    """

    kind = "stale"


class Overwritten(SmsError):
    """A change was written and taken, and is not there any more: someone else wrote at the same time."""

    kind = "overwritten"
    changed = True


class JournalProblem(SmsError):
    """The journal of purchases can't be read or written, so that nothing can be bought."""

    kind = "journal"

    def __init__(self, path: str, problem: str, remedy: str) -> None:
        super().__init__(f"journal: {path} {problem}. {remedy}.")


class JournalUnusable(JournalProblem):
    """What keeps the journal can't be used.

    :arg reason: why, in words.
    """

    def __init__(self, path: str, reason: str, remedy: str) -> None:
        super().__init__(path, f"can't be used: {reason}", remedy)
        self.reason = reason


class Undecided(SmsError):
    """It is not known, or not known yet, what became of orders of numbers. Nothing is ordered again meanwhile.

    :arg intents: the journal's entries, as they may be shown.
    """

    kind = "undecided"

    def __init__(self, sentences: list[str], intents: list[dict[str, Any]]) -> None:
        super().__init__(" ".join(sentences))
        self._intents = intents

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "intents": self._intents}


class Altered(SmsError):
    """The server keeps another text than the one that was written."""

    kind = "altered"
    changed = True

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))


class NotWritten(SmsError):
    """A secret is made, but could not be written to its file."""

    kind = "not_written"

    def __init__(self, path: str, problem: str, remedy: str, *, changed: bool) -> None:
        super().__init__(f"The secret was made, but not written: {path} {problem}. {remedy}.")
        self.changed = changed


class NotSeen(SmsError):
    """What was written does not show in time."""

    kind = "not_seen"
    changed = True


class Unproven(SmsError):
    """A secret could not be proven to be the same on both sides.

    :arg reasons: why, by channel.
    """

    kind = "unproven"

    def __init__(self, reasons: dict[str, str], *, changed: bool) -> None:
        told = " ".join(f"{channel}: {reason}" for channel, reason in reasons.items())
        super().__init__(f"Not proven for {len(reasons)} channel{'s'[: len(reasons) != 1]}. {told}")
        self.changed = changed
        self._reasons = reasons

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "reasons": self._reasons}


class LostSight(SmsError):
    """It is not known what became of a write, and the server could not be looked at again."""

    kind = "unclear"

    def __init__(self, write: Unclear, look: SmsError) -> None:
        super().__init__(f"{write} It may have had its effect: looking at the server again failed too. {look}")
        self._details = write.details()

    def details(self) -> dict[str, Any]:
        return self._details


class Unsettled(SmsError):
    """It is not known whether something was created, which does not show and must not be created twice.

    :arg seconds: how long it was looked for.
    """

    kind = "unclear"

    def __init__(self, write: Unclear, seconds: float) -> None:
        super().__init__(
            f"{write} It is not known whether it was created: it did not show within {seconds:.2g} s, and is not "
            "created a second time. Run again: if it was created, it is found then."
        )
        self._details = write.details()

    def details(self) -> dict[str, Any]:
        return self._details
