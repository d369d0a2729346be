# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors that end a task, each with a message for the user.

Clients and resources raise them. Only the front doors turn them into a failed task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {
    "invalid_input": "An option has an invalid value. `parameter` names the option. Nothing was written.",
    "unsupported": "The server does not support the task, or can't do it safely.",
    "unreachable": "The request did not reach the server: wrong URL, refused connection, TLS error or proxy error.",
    "refused": "The server refused the request. `status` and `code` are those of the server.",
    "intermediary": "A proxy, an ingress or a login page answered instead of the API.",
    "unreadable": "The response is not in a known format, is incomplete, or is too large.",
    "api": "Another error of a request that may be repeated, such as a timeout of a read.",
    "unclear": "It is not known whether a write took effect. Run again: the next run reads the state first.",
    "stale": "Before each attempt to write, someone else had changed the object. Run again.",
    "overwritten": "The change was written. Then someone else's write replaced it. Run again.",
    "altered": "The comment of a number was written, but the server stored another text. The message says what to do.",
    "not_seen": "The change was written, but the server did not show it in time. Run again later.",
    "not_written": "The file of a secret could not be written. The message says how to get a new secret.",
    "unproven": "The secret of a channel could not be proven. `reasons` has one sentence for each channel.",
    "journal": "The journal of purchases can't be used, so nothing is bought.",
    "undecided": "The result of an order is not known. `intents` has the orders that a person must decide on.",
    "unreachable_host": "Playbooks only: the connection to the task's host failed, before the task or during it.",
    "missing_library": "A Python library that the module needs is not installed where the module runs.",
    "defect": "An unexpected error: a defect of the collection. Please report it with the exception.",
}
"""Every value of ``failure.kind``, with its meaning. docs/failures.md has the same list."""


class SmsError(Exception):
    """The base class of all errors that this collection raises on purpose.

    :cvar kind: one of ``KINDS``.
    """

    kind: str
    changed = False
    """True if something was certainly changed before the error."""
    results: Mapping[str, Any] = {}
    """Further keys of the failed task's result."""

    def details(self) -> dict[str, Any]:
        """Return the key ``failure`` of a failed task, which playbooks may branch on."""
        return {"kind": self.kind}

    def add(self, sentence: str) -> None:
        """Add a sentence to the message."""
        self.args = (f"{self} {sentence}",)


class InvalidInput(SmsError):
    """An option has an invalid value. The message is ``parameter: problem. remedy.``

    :arg parameter: the option's name as the user wrote it, for example ``sender_ids[2].channel_id``.
    :arg problem: "must be …, not …", or a sentence such as "it is missing". Never the value of a secret.
    :arg remedy: what to write instead.
    """

    kind = "invalid_input"

    def __init__(self, parameter: str, problem: str, remedy: str) -> None:
        super().__init__(f"{parameter}: {problem}. {remedy}.")
        self.parameter = parameter

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "parameter": self.parameter}


class Unsupported(SmsError):
    """The server does not support the task, or can't do it safely."""

    kind = "unsupported"

    def __init__(self, sentence: str, *, changed: bool = False) -> None:
        super().__init__(sentence)
        self.changed = changed


class ApiError(SmsError):
    """A request failed. The message is ``Could not what: url problem. remedy.``

    :arg what: the purpose of the request, as an infinitive without "to": ``read the service SMS``.
    :arg url: the URL without credentials and query.
    :arg problem: what the server did, beginning with a verb: ``did not answer within 30 s``.
    :arg remedy: what the user can do.
    :arg status: the HTTP status, if there was a response.
    :arg code: the server's own error code, if it sent one.
    :arg correlation_id: an ID that the server's operators can find in their logs.
    """

    kind = "api"
    retry_after: float | None = None
    """Seconds of the server's Retry-After header, if it sent one."""
    body: Any = None
    """The decoded response, for the client that sent the request. Never shown, since it may contain secrets."""

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
    """The response is not in a known format, is incomplete, or is too large."""

    kind = "unreadable"


class Unsent(ApiError):
    """The request certainly did not reach the server. It is safe to repeat it."""

    kind = "unreachable"


class Unclear(ApiError):
    """The request may have taken effect. Read the state before repeating it."""

    kind = "unclear"


class Refused(ApiError):
    """The server refused the request. The request changed nothing."""

    kind = "refused"


class Intermediary(Refused):
    """A proxy, an ingress or a login page in front of the API refused the request. The request changed nothing."""

    kind = "intermediary"


class Stale(SmsError):
    """The server refused a write because the plan is out of date. Read again and plan again.

    Raised from the refusal. The user sees the refusal if a new plan does not help.
    """

    kind = "stale"


class Overwritten(SmsError):
    """The change was written, and then replaced by someone else's write."""

    kind = "overwritten"
    changed = True


class JournalProblem(SmsError):
    """The journal of purchases can't be read or written, so nothing can be bought."""

    kind = "journal"

    def __init__(self, path: str, problem: str, remedy: str) -> None:
        super().__init__(f"journal: {path} {problem}. {remedy}.")


class JournalUnusable(JournalProblem):
    """The store of the journal can't be used."""

    def __init__(self, path: str, reason: str, remedy: str) -> None:
        super().__init__(path, f"can't be used: {reason}", remedy)
        self.reason = reason


class MissingLibrary(SmsError):
    """A Python library that an option needs is not installed where the module runs.

    :arg reason: why it is needed.
    :arg command: what installs it.
    """

    kind = "missing_library"

    def __init__(self, library: str, reason: str, command: str) -> None:
        super().__init__(
            f"The Python library {library} is not installed, and {reason}. Install it where the module runs: {command}."
        )
        self.library = library

    def details(self) -> dict[str, Any]:
        """Return what a playbook may branch on."""
        return {**super().details(), "library": self.library}


class Undecided(SmsError):
    """The result of an order is not known, or not known yet. Until then nothing is ordered again.

    :arg intents: the journal's entries, without secrets.
    """

    kind = "undecided"

    def __init__(self, sentences: list[str], intents: list[dict[str, Any]]) -> None:
        super().__init__(" ".join(sentences))
        self._intents = intents

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "intents": self._intents}


class Altered(SmsError):
    """The server stored another text than the one that was written."""

    kind = "altered"
    changed = True

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))


class NotWritten(SmsError):
    """A secret was created, but could not be written to its file."""

    kind = "not_written"

    def __init__(self, path: str, problem: str, remedy: str, *, changed: bool) -> None:
        super().__init__(f"The secret could not be written to its file: {path} {problem}. {remedy}.")
        self.changed = changed


class NotSeen(SmsError):
    """The server did not show the change in time."""

    kind = "not_seen"
    changed = True


class Unproven(SmsError):
    """It could not be proven that both sides have the same secret.

    :arg reasons: the reason for each channel.
    """

    kind = "unproven"

    def __init__(self, reasons: dict[str, str], *, changed: bool) -> None:
        sentences = " ".join(f"{channel}: {reason}" for channel, reason in reasons.items())
        channels = f"{len(reasons)} channel{'s'[: len(reasons) != 1]}"
        super().__init__(f"The secrets of {channels} could not be proven. {sentences}")
        self.changed = changed
        self._reasons = reasons

    def details(self) -> dict[str, Any]:
        return {"kind": self.kind, "reasons": self._reasons}


class UnreachableHost(SmsError):
    """The connection to the host that runs the task failed, before the task or during it.

    :arg problem: the message of the connection.
    """

    kind = "unreachable_host"

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The connection to the host that runs the task failed: {problem.rstrip('.')}. If it failed during the "
            "task, the task may have changed something."
        )


class LostSight(SmsError):
    """It is not known whether a write took effect, and the state could not be read again."""

    kind = "unclear"

    def __init__(self, write: Unclear, look: SmsError) -> None:
        super().__init__(f"{write} The write may have taken effect. Reading the state again failed too. {look}")
        self._details = write.details()

    def details(self) -> dict[str, Any]:
        return self._details


class Unsettled(SmsError):
    """It is not known whether an object was created. It did not appear, and must not be created twice.

    :arg seconds: how long the code waited for the object.
    """

    kind = "unclear"

    def __init__(self, write: Unclear, seconds: float) -> None:
        super().__init__(
            f"{write} It is not known whether the object was created: it did not appear within {seconds:.2g} s. It is "
            "not created a second time. Run again: if it was created, the next run finds it."
        )
        self._details = write.details()

    def details(self) -> dict[str, Any]:
        return self._details
