# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not public of the systems: the variants that the sandbox can play, by name.

The first value of a switch is its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Value = str | int


class SwitchError(ValueError):
    """A switch or a value that does not exist."""


class Switch(NamedTuple):
    """The values that a switch can have: names, or with `number` any whole number from 0."""

    names: tuple[str, ...] = ()
    number: bool = False

    @property
    def default(self) -> Value:
        """The value of a sandbox that nobody has touched."""
        return 0 if self.number else self.names[0]

    @property
    def allowed(self) -> list[str]:
        """The values, for people."""
        return ["a whole number from 0"] if self.number else list(self.names)

    def accepts(self, value: object) -> bool:
        """Whether the switch has such a value."""
        if self.number:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value in self.names


SWITCHES: dict[str, Switch] = {
    # What a GET of a service shows of its secrets, or the status that it is refused with.
    "services.read": Switch(("full", "masked", "masked_all", "omitted", "unsupported", "unsupported_404")),
    # Whether POST replaces what is there, or answers 409.
    "services.write": Switch(("upsert", "create_only")),
    # The document itself, or {"status": {"code": 0}, "data": document}.
    "services.envelope": Switch(("bare", "status")),
    # Whether the header x-ccid must be there and name the tenant of the path.
    "services.ccid": Switch(("checked", "ignored")),
    "services.delete": Switch(("supported", "unsupported")),
    # All services of a tenant as a list, as an object by service, or not at all.
    "services.list": Switch(("array", "object", "unsupported")),
    # Whether a delta may have a third part, changedUserProperties.
    "configuration.changed": Switch(("supported", "rejected")),
    # Whether the token alone names the session, or a cookie does.
    "configuration.session": Switch(("bearer", "cookie")),
    # The attributes of the session's cookie; absent: only data.sessionId names the session.
    "configuration.cookie": Switch(("plain", "secure", "foreign_path", "absent")),
    # How many polls of initialize-provisioning answer "not yet".
    "configuration.ready_after": Switch(number=True),
    # The attributes of the cookie of GAX.
    "gax.cookie": Switch(("plain", "secure", "foreign_path")),
    # Whether a load balancer in front of GWS and GAX finds the node of a session by a cookie of its own.
    "balancer.cookie": Switch(("absent", "needed")),
    # Whether an API gateway in front of GWS wants x-api-key.
    "gws.api_key": Switch(("ignored", "required")),
    # Which contact centers a tenant's token lists: its own, all, or none, with 403 or 404.
    "gws.contact_centers": Switch(("own", "all", "forbidden", "unsupported")),
    # Whether GET of one object gives it bare or in an array.
    "gax.object": Switch(("object", "array")),
    # What a PUT is answered with: nothing, or the object.
    "gax.put": Switch(("empty", "object")),
    # Whether GET of one object names its state, so that PUT can be made to depend on it.
    "gax.etag": Switch(("absent", "supported")),
    # What a call without a session gets: 401, a login page, or the way there.
    "gax.signed_out": Switch(("status", "page", "redirect")),
    # What the signature of an upload is checked over, if it is.
    "media.signature": Switch(("body", "file", "ignored")),
    # The status that a wrong signature is refused with.
    "media.refusal": Switch(("401", "403", "400")),
    "apikeys.list": Switch(("supported", "unsupported")),
    # Whether a key gets the ID that its creator asks for.
    "apikeys.id": Switch(("chosen", "generated")),
    # Whether a tenant can have two keys of one name.
    "apikeys.duplicate": Switch(("allowed", "conflict")),
    # How often an order, or the list of numbers, is looked at before the order is settled.
    "orders.settle_after": Switch(number=True),
    # Milliseconds until a number that was bought is in the list.
    "orders.list_lag": Switch(number=True),
    # The status that an order of a number is refused with that someone else has.
    "numbers.taken": Switch(("400", "409")),
    # What becomes of a number's comment when it is written.
    "numbers.comment": Switch(("kept", "cut", "escaped", "upper", "folded", "dropped")),
    # Whether "*" in a role comes back as it is, or as what it stands for.
    "roles.wildcards": Switch(("kept", "expanded")),
    # Which roles an OAuth client can be given: those that the caller has, or any.
    "clients.roles": Switch(("own", "any")),
    # Milliseconds until a new OAuth client is in the list. By its ID it can be read at once.
    "clients.lag": Switch(number=True),
    # Milliseconds until a new role is in the list. Its name is taken at once.
    "roles.lag": Switch(number=True),
    # Milliseconds until a grant is seen and has its effect.
    "grants.lag": Switch(number=True),
    # Milliseconds for which a connection may be idle; the next request on it is lost. 0: for ever.
    "connections.idle_limit": Switch(number=True),
    # Requests a minute and token of Genesys Cloud CX; 0 is the 300 that it has.
    "cloud.rate_limit": Switch(number=True),
}


def check(values: Mapping[str, Any]) -> dict[str, Value]:
    """The same values, or a SwitchError that lists what there is."""
    for name, value in values.items():
        if name not in SWITCHES:
            raise SwitchError(f"no switch {name!r}; there are {', '.join(SWITCHES)}")
        if not SWITCHES[name].accepts(value):
            raise SwitchError(f"{name} can't be {value!r}; allowed: {', '.join(SWITCHES[name].allowed)}")
    return dict(values)
