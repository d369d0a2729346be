# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviour of the systems that is not documented. Each switch has the variants that the sandbox can play.

The first value of a switch is its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Value = str | int


class SwitchError(ValueError):
    """The switch or the value does not exist."""


class Switch(NamedTuple):
    """The values of a switch: names, or with `number` any whole number from 0."""

    names: tuple[str, ...] = ()
    number: bool = False

    @property
    def default(self) -> Value:
        """The value in a new sandbox."""
        return 0 if self.number else self.names[0]

    @property
    def allowed(self) -> list[str]:
        """The values, for messages."""
        return ["a whole number from 0"] if self.number else list(self.names)

    def accepts(self, value: object) -> bool:
        """Return True if the switch has this value."""
        if self.number:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value in self.names


SWITCHES: dict[str, Switch] = {
    # How GET of a service returns its secrets, or the status of its refusal.
    "services.read": Switch(("full", "masked", "masked_all", "omitted", "unsupported", "unsupported_404")),
    # Whether POST replaces an existing service, or answers 409.
    "services.write": Switch(("upsert", "create_only")),
    # The document itself, or {"status": {"code": 0}, "data": document}.
    "services.envelope": Switch(("bare", "status")),
    # Whether the header x-ccid is required and must name the tenant in the path.
    "services.ccid": Switch(("checked", "ignored")),
    "services.delete": Switch(("supported", "unsupported")),
    # All services of a tenant as a list, as an object by service, or not at all.
    "services.list": Switch(("array", "object", "unsupported")),
    # Whether a delta may have a third part, changedUserProperties.
    "configuration.changed": Switch(("supported", "rejected")),
    # Whether the token identifies the session, or a cookie.
    "configuration.session": Switch(("bearer", "cookie")),
    # The attributes of the session's cookie. absent: only data.sessionId identifies the session.
    "configuration.cookie": Switch(("plain", "secure", "foreign_path", "absent")),
    # How many polls of initialize-provisioning answer "not yet".
    "configuration.ready_after": Switch(number=True),
    # Milliseconds until initialize-provisioning stops answering "not yet" in a session.
    "configuration.ready_lag": Switch(number=True),
    # The attributes of the cookie of GAX.
    "gax.cookie": Switch(("plain", "secure", "foreign_path")),
    # Whether a load balancer in front of GWS and GAX uses its own cookie to find the node of a session.
    "balancer.cookie": Switch(("absent", "needed")),
    # Whether an API gateway in front of GWS requires x-api-key.
    "gws.api_key": Switch(("ignored", "required")),
    # Which contact centers a tenant's token lists: its own, all, or a refusal with 403 or 404.
    "gws.contact_centers": Switch(("own", "all", "forbidden", "unsupported")),
    # Whether GET of one object returns the object or an array.
    "gax.object": Switch(("object", "array")),
    # The answer to PUT: nothing, or the object.
    "gax.put": Switch(("empty", "object")),
    # Whether GET of one object returns its version, so that PUT can be conditional.
    "gax.etag": Switch(("absent", "supported")),
    # The answer to a call without a session: 401, a login page, or a redirect to one.
    "gax.signed_out": Switch(("status", "page", "redirect")),
    # Over what the signature of an upload is checked, if it is checked.
    "media.signature": Switch(("body", "file", "ignored")),
    # The status of the refusal of a wrong signature.
    "media.refusal": Switch(("401", "403", "400")),
    # Who selects the SMS option of a message: service SMS and sender ID, which must agree, or one of them.
    "messages.routing": Switch(("both", "service", "sender_id")),
    "apikeys.list": Switch(("supported", "unsupported")),
    # Whether a key gets the ID that the request contains.
    "apikeys.id": Switch(("chosen", "generated")),
    # Whether a tenant can have two keys with the same name.
    "apikeys.duplicate": Switch(("allowed", "conflict")),
    # Whether a key can be changed and deleted, or both are 405.
    "apikeys.change": Switch(("supported", "unsupported")),
    # How often an order or the list of numbers is read before the order is settled.
    "orders.settle_after": Switch(number=True),
    # Milliseconds until a number that was bought is in the list.
    "orders.list_lag": Switch(number=True),
    # The status of the refusal of an order, if someone else has the number.
    "numbers.taken": Switch(("400", "409")),
    # How the server alters the comment of a number.
    "numbers.comment": Switch(("kept", "cut", "escaped", "upper", "folded", "dropped")),
    # Whether the server returns "*" in a role unchanged, or as what it stands for.
    "roles.wildcards": Switch(("kept", "expanded")),
    # The roles that a caller can give to an OAuth client: only its own, or any.
    "clients.roles": Switch(("own", "any")),
    # Milliseconds until a new OAuth client is in the list. It can be read by its ID at once.
    "clients.lag": Switch(number=True),
    # Milliseconds until a new role is in the list. Its name is in use at once.
    "roles.lag": Switch(number=True),
    # Milliseconds until a grant is returned and takes effect.
    "grants.lag": Switch(number=True),
    # Milliseconds for which a connection may be idle. After that, the next request on it is lost. 0: no limit.
    "connections.idle_limit": Switch(number=True),
    # Requests per minute and token of Genesys Cloud CX. 0 stands for its own limit, 300.
    "cloud.rate_limit": Switch(number=True),
}


def check(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return the same values. Raise SwitchError, with a list of what exists, if one does not."""
    for name, value in values.items():
        if name not in SWITCHES:
            raise SwitchError(f"no switch {name!r}; there are {', '.join(SWITCHES)}")
        if not SWITCHES[name].accepts(value):
            raise SwitchError(f"{name} can't be {value!r}; allowed: {', '.join(SWITCHES[name].allowed)}")
    return dict(values)
