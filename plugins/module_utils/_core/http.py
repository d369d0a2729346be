# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that talks HTTP: sessions, TLS, time limits, retries, typed errors.

Reads (and whatever else the caller declares repeatable) are repeated on transient faults. Writes are repeated only
where the request surely did nothing: it was never sent, or was answered 429. After any other fault of a write the
caller gets Unclear and has to look before it tries again.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import time
import zlib
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .answers import decode, explain, retry_after, says_error
from .checks import without_credentials
from .cookies import Cookies
from .errors import ApiError, Intermediary, Refused, Unclear, Unreadable, Unsent
from .pauses import pauses
from .proxy import find_proxy
from .secrets import Secrets
from .server_text import in_message
from .version import VERSION
from .wire import Wire, bounded

_UNFIT = ("was not called: an option holds a character that HTTP can't carry", "Check the options' values")


@dataclass(frozen=True)
class _Fault:
    """A fault of the transport, and what is told of it, where words in braces are filled in.

    :arg kinds: what requests and urllib3 raise.
    :arg unsent: whether the request surely was not sent. Otherwise it depends on the connection.
    :arg permanent: whether it would be the same once more.
    """

    kinds: tuple[type[BaseException], ...]
    problem: str
    remedy: str
    unsent: bool = False
    permanent: bool = False

    def fits(self, error: BaseException) -> bool:
        return isinstance(error, self.kinds)


try:
    import requests
    import urllib3
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError
    from urllib3.filepost import encode_multipart_formdata

    _FAULTS = {
        "tls": _Fault(
            (requests.exceptions.SSLError, SSLError),
            "failed the TLS handshake: {reason}",
            "{tls_remedy}",
            permanent=True,
        ),
        "proxy": _Fault(
            (requests.exceptions.ProxyError,),
            "could not be reached{through}{answered}",
            "Check the environment variable {variable}, and whether no_proxy should name the host",
        ),
        # Some versions of urllib3 count a refused connection among the time-outs, so that it comes before them.
        "not reached": _Fault(
            (NewConnectionError,),
            "could not be reached{through}: {reason}",
            "Check {option}, and that {name} is running",
            unsent=True,
        ),
        "not accepted": _Fault(
            (requests.exceptions.ConnectTimeout, ConnectTimeoutError),
            "did not accept a connection within {timeout:g} s",
            "Check {option}, the network between, and that {name} is running",
            unsent=True,
        ),
        "header": _Fault((requests.exceptions.InvalidHeader,), *_UNFIT, unsent=True, permanent=True),
        "url": _Fault(
            (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema),
            "is not a usable URL",
            "Check {option}",
            unsent=True,
            permanent=True,
        ),
        "socks": _Fault(
            (),
            "was not called: the proxy {proxy} needs the Python package PySocks",
            "Install PySocks where the module runs, or change {variable}",
            unsent=True,
            permanent=True,
        ),
        "not answered": _Fault(
            (requests.exceptions.Timeout, ReadTimeoutError),
            "did not answer within {timeout:g} s",
            "Look whether {name} is overloaded or restarting, then run again{hint}",
        ),
        "broken off": _Fault(
            (requests.exceptions.RequestException,),
            "broke off the connection before its answer was complete",
            "Look whether {name} is overloaded or restarting, then run again{hint}",
        ),
    }
    """The faults of the transport. The first that fits counts."""

    class _Session(requests.Session):
        """Follows no redirect, nor reads where one leads: that may be no URL, and the request was sent by then."""

        def get_redirect_target(self, resp: requests.Response) -> None:
            return None

    class _Adapter(requests.adapters.HTTPAdapter):
        """Makes connections that keep to the time of a wire."""

        def __init__(self, wire: Wire) -> None:
            self._wire = wire
            super().__init__()

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self._bound(self.poolmanager)

        def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
            is_new = proxy not in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **options)
            if is_new:
                self._bound(manager)
            return manager

        def _bound(self, manager: Any) -> None:
            pools = manager.pool_classes_by_scheme
            manager.pool_classes_by_scheme = {scheme: bounded(pool, self._wire) for scheme, pool in pools.items()}

    REQUESTS_MISSING = None
except ImportError as error:
    REQUESTS_MISSING = error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are read; the largest known one, a thousand sender IDs, has less than one hundredth."""

_UNREADABLE = ("answered in a way that can't be read", "Look what is between here and the server, such as a proxy")
_PACKED = ("gzip", "x-gzip", "deflate")
_ANY_HEAD = 32 + zlib.MAX_WBITS
"""Lets zlib find out in which of the two forms something is packed."""

_OF_THE_NETWORK = {407: "a demand of a proxy", 511: "a demand to log in to the network"}
"""What no API answers by itself."""

_TUNNEL = re.compile(r"Tunnel connection failed: (\d+)")
_TRANSIENT = (429, 502, 503, 504)
_LONGEST_PAUSE = 8.0
_CORRELATION_HEADERS = ("ININ-Correlation-Id", "X-B3-TraceId", "X-Request-Id", "X-Correlation-Id")


@dataclass(frozen=True)
class Connection:
    """How to reach one system.

    :arg name: what the system is called in messages.
    :arg option: the option that holds its URL, to be named in remedies.
    :arg url: base URL without a trailing slash, path prefix included.
    :arg timeout: seconds to wait for a connection, and for each part of an answer.
    :arg retries: how often a repeatable request is repeated.
    :arg time_limit: seconds that one request may take, repetitions and pauses included.
    """

    name: str
    option: str
    url: str
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0
    retries: int = 4
    time_limit: float = 120.0


@dataclass(frozen=True)
class Answer:
    """What a server said to a request that it did not refuse: HTTP status, and the decoded JSON (None where empty).

    :arg etag: the header of that name, which tells one state of an object from the next.
    """

    status: int
    body: Any
    etag: str | None = None


@dataclass(frozen=True)
class Content:
    """Bytes to be sent as they are, and what they are."""

    raw: bytes
    media_type: str


def multipart(field: str, filename: str, content: Content) -> Content:
    """Return a file as the only field of a form (multipart/form-data)."""
    return Content(*encode_multipart_formdata({field: (filename, content.raw, content.media_type)}))


class Http:
    """Requests to one system, over one keep-alive session.

    :arg remedies: what to do about an HTTP status that this system refuses with.
    :arg is_throttled: tells from an HTTP status and a message whether a refusal means: later. 429 always does.
    :arg has_codes: whether refusals of this system are known to have a code. Those without one are not its own then.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: Secrets,
        *,
        headers: Mapping[str, str] | None = None,
        remedies: Mapping[int, str] | None = None,
        is_throttled: Callable[[int, str], bool] = lambda status, message: False,
        has_codes: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._secrets = secrets
        self._remedies = dict(remedies or {})
        self._is_throttled = is_throttled
        self._has_codes = has_codes
        self._clock = clock
        self._sleep = sleep
        self.cookies = Cookies()
        self._session = _Session()
        # Cookies are kept above; requests would go by their attributes.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # requests would ask the environment for credentials (.netrc), and for proxies with each request.
        self._session.trust_env = False
        self._wire = Wire(clock)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._wire))
        self._proxy = find_proxy(connection.url, lambda url: requests.utils.should_bypass_proxies(url, None))
        if self._proxy:
            self._session.proxies = dict.fromkeys(("http", "https"), self._proxy.url)
            secrets.add(unquote(self._proxy.password or ""))
        self._session.headers.update(
            {
                "User-Agent": f"cxops.genesys_sms/{VERSION}",
                "Accept": "application/json",
                # What compresses on the way also changes ETags, and answers are small.
                "Accept-Encoding": "identity",
            }
        )
        self._session.headers.update(headers or {})
        if connection.client_cert:
            if connection.client_key:
                self._session.cert = (connection.client_cert, connection.client_key)
            else:
                self._session.cert = connection.client_cert
        self._verify, self._authorities = _trust(connection)
        if not connection.validate_certs:
            # The user asked for it; a warning of the library for each request says nothing new.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        repeatable: bool,
        once: bool = False,
        body: Any = None,
        content: Content | None = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        time_limit: float | None = None,
    ) -> Answer:
        """Exchange one request for its answer.

        :arg what: the purpose, as an infinitive without "to".
        :arg repeatable: whether the request may be repeated when it is not known what became of it.
        :arg once: whether it costs money. Then it is never repeated, not even where it surely did nothing; and only a
            refusal that is plain counts as one.
        :arg body: what is sent as JSON; ``content`` and ``form`` are other ways to send something.
        :arg time_limit: seconds, if not those of the connection.
        :raises Unsent: the request never reached the server.
        :raises Refused: the server understood it and said no.
        :raises Unclear: it is not known whether a write had its effect.
        :raises ApiError: any other fault of a repeatable request.
        """
        limit = time_limit or self.connection.time_limit
        call = _Call(
            what=what,
            url=self.connection.url + path,
            repeatable=repeatable,
            once=once,
            limit=limit,
            give_up=self._clock() + limit,
        )
        if self._proxy and not self._proxy.is_usable:
            problem = f"was not called: the proxy {self._proxy} is not a usable URL"
            raise Unsent(what, call.url, problem, f"Correct {self._proxy.variable}, or name the host in no_proxy")
        try:
            data, media_type = _payload(body, content, form)
        except (TypeError, ValueError) as error:
            raise Unsent(what, call.url, *_UNFIT) from error
        options = {
            "params": params,
            "data": data,
            "headers": {**(headers or {}), **({"Content-Type": media_type} if media_type else {})},
            # As bytes: requests would encode a text as latin-1.
            "auth": requests.auth.HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None,
        }
        again = pauses(0.25, _LONGEST_PAUSE, least=0.5)
        retries = 0 if once else self.connection.retries
        attempt = 0
        while True:
            if once or (attempt and not repeatable):
                # On a connection that was idle a request may get lost without a trace: nobody could tell what became
                # of it.
                self._session.close()
            try:
                return self._exchange(call, method, options)
            except _Transient as fault:
                pause = max(next(again), fault.error.retry_after or 0.0)
                if attempt >= retries or self._clock() + pause > call.give_up:
                    raise fault.error from fault.error.__cause__
                attempt += 1
                self._sleep(pause)

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def _exchange(self, call: _Call, method: str, options: dict[str, Any]) -> Answer:
        """Send the request once; raise _Transient where it may be sent again."""
        self._wire.begin(call.give_up)
        timeout = min(self.connection.timeout, max(0.001, call.give_up - self._clock()))
        options = {**options, "headers": {**options["headers"], **self.cookies.header()}}
        try:
            response = self._session.request(
                method,
                call.url,
                timeout=timeout,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
                **options,
            )
            with response:
                self.cookies.take(response.raw.headers.getlist("Set-Cookie"))
                content = self._read(call, response)
        except requests.exceptions.RequestException as error:
            raise self._translate(call, error) from error
        except OSError as error:
            # Raised bare by requests for a certificate file that it can't find.
            remedy = f"Check {self._authorities}, client_cert and client_key"
            raise Unsent(call.what, call.url, f"was not called: {error}", remedy) from error
        except UnicodeEncodeError as error:
            # A header or a body; the text of such an error may quote the value.
            raise Unsent(call.what, call.url, *_UNFIT) from error
        except (ValueError, HTTPError, http.client.HTTPException) as error:
            # Something in the answer, which requests did not expect.
            kind = Unsent if self._wire.is_unsent else call.lost_as(Unreadable)
            raise kind(call.what, call.url, *_UNREADABLE) from error
        return self._judge(call, response, content)

    def _read(self, call: _Call, response: requests.Response) -> bytes:
        parts = []
        size = 0
        # Taken away, so that urllib3 unpacks nothing: it takes what is cut for whole, and some versions have no limit.
        encoding = response.raw.headers.pop("Content-Encoding", "")
        unpacker = zlib.decompressobj(_ANY_HEAD) if encoding.strip().lower() in _PACKED else None
        is_empty = True
        for packed in response.iter_content(4096):
            is_empty = False
            try:
                part = unpacker.decompress(packed, BODY_LIMIT + 1 - size) if unpacker else packed
            except zlib.error as error:
                raise ValueError("what is said to be packed is not") from error
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                raise call.lost_as(Unreadable)(
                    call.what,
                    call.url,
                    f"answered with more than {BODY_LIMIT // 1024 // 1024} MiB",
                    f"Check that {self.connection.option} is the base URL of {self.connection.name}",
                    status=response.status_code,
                )
            if self._clock() > call.give_up:
                raise self._overdue(call, response.status_code)
        if response.raw.length_remaining or (unpacker and not unpacker.eof and not is_empty):
            # Old versions of urllib3 take the former for the end.
            raise requests.exceptions.ConnectionError("the answer is cut")
        return b"".join(parts)

    def _overdue(self, call: _Call, status: int | None = None) -> ApiError:
        return (Unsent if self._wire.is_unsent else call.lost)(
            call.what,
            call.url,
            f"did not give its whole answer within {call.limit:g} s",
            "Raise time_limit, or find out why the server is slow",
            status=status,
        )

    def _translate(self, call: _Call, error: requests.exceptions.RequestException) -> Exception:
        """Return the error to raise for a request that got no whole answer, as _Transient where repeating may help."""
        cause = _cause(error)
        name, fault = next((name, fault) for name, fault in _FAULTS.items() if fault.fits(error) or fault.fits(cause))
        if name != "tls" and self._clock() > call.give_up - 0.01:
            return self._overdue(call)
        if name == "header" and isinstance(cause, HTTPError):
            # It is the answer that has such a header.
            return call.lost_as(Unreadable)(call.what, call.url, *_UNREADABLE)
        if name == "url" and self._proxy and self._proxy.is_socks:
            fault = _FAULTS["socks"]
        tunnel = _TUNNEL.search(str(cause)) if name == "proxy" else None
        # What a proxy refuses it refuses again.
        is_permanent = fault.permanent or bool(tunnel and int(tunnel[1]) not in _TRANSIENT)
        kind = Unsent if fault.unsent or self._wire.is_unsent else call.lost
        words = {**self._words(cause), "answered": f", which answered {tunnel[1]}" if tunnel else ""}
        told = kind(call.what, call.url, fault.problem.format(**words), fault.remedy.format(**words))
        return told if is_permanent or not (call.repeatable or kind is Unsent) else _Transient(told)

    def _words(self, cause: BaseException) -> dict[str, Any]:
        """Return what is filled in to what is told of a fault."""
        connection, proxy = self.connection, self._proxy
        hint = "" if connection.client_cert else "; set client_cert if it wants a client certificate"
        if connection.url.startswith("http:"):
            hint = f"; check whether {connection.option} should begin with https"
        return {
            "name": connection.name,
            "option": connection.option,
            "timeout": connection.timeout,
            "proxy": proxy,
            "variable": proxy.variable if proxy else "https_proxy",
            "through": f" through the proxy {proxy}" if proxy else "",
            "reason": self._shown(_first_line(cause), 200),
            "tls_remedy": self._tls_remedy(cause),
            "hint": hint,
        }

    def _tls_remedy(self, cause: BaseException) -> str:
        first = next(iter(cause.args), None)
        if isinstance(first, ssl.SSLError) and not isinstance(first, ssl.SSLCertVerificationError):
            # The other side does not speak TLS, or does not want this client, or a file is no certificate.
            checks = f"{self._first_checks()}: perhaps the server speaks http there"
            return f"{checks}. Check {self._authorities} and client_cert"
        found = "" if self._authorities == "ca_path" else f". Now {self._authorities} says whom to trust"
        return (
            "Set ca_path to the certificate of the authority that signed the server's, and check client_cert if the "
            f"server wants one{found}"
        )

    def _first_checks(self) -> str:
        """Say what to check first where it may not be the API that answers."""
        scheme = self.connection.url.partition(":")[0]
        proxy = f", and the proxy {self._proxy}" if self._proxy else ""
        return f"Check the scheme ({scheme}), the host, the port and the path of {self.connection.option}{proxy}"

    def _judge(self, call: _Call, response: requests.Response, content: bytes) -> Answer:
        """Return the answer of a whole response, or raise what it says."""
        connection = self.connection
        status = response.status_code
        media_type = response.headers.get("Content-Type") or ""
        decoded, unreadable = decode(content, media_type)
        if 200 <= status < 300 and not unreadable and not says_error(decoded):
            return Answer(status, decoded, response.headers.get("ETag"))
        form = f"{self._shown(media_type.split(';')[0], 100) or 'no content type'} {unreadable}"
        if 200 <= status < 300 and unreadable:
            raise call.lost_as(Intermediary if "html" in media_type.lower() else Unreadable)(
                call.what,
                call.url,
                f"answered {status} with {form}",
                f"Check that {connection.option} is the base URL of {connection.name}, not of a login page or a proxy",
                status=status,
            )
        if 300 <= status < 400:
            target = self._shown(without_credentials(response.headers.get("Location", "another address")), 500)
            # A redirect may also lead to what a write has made.
            raise (call.lost if call.once else Intermediary)(
                call.what,
                call.url,
                f"answered {status}, a redirect to {target}, not followed since the request carries credentials",
                f"Set {connection.option} to the address that answers by itself",
                status=status,
            )
        error = self._refusal(call, response.headers, status, decoded, unreadable and form)
        if status == 429 or (call.repeatable and status in _TRANSIENT) or self._is_throttled(status, error.problem):
            error.retry_after = retry_after(response.headers.get("Retry-After"))
            raise _Transient(error)
        raise error

    def _refusal(
        self, call: _Call, headers: Mapping[str, str], status: int, decoded: Any, unreadable: str | None
    ) -> ApiError:
        """Return the error for a whole answer that says no.

        :arg unreadable: what the body is if it is no JSON that can be read.
        """
        name = self.connection.name
        # Scrubbed before anything is cut or folded, which would hide a secret from the scrubbing at the end.
        code, message = explain(self._secrets.scrub(decoded))
        # Frameworks and ingresses have a sentence there, such as "Not Found".
        code = None if " " in str(code) else code
        said = f": {message}" if message else ""
        problem = f"answered {status}{f' (code {code})' if code is not None else ''}{said}"
        remedy = self._remedies.get(status, f"See what {name} says, and its logs")
        is_refusal = (400 <= status < 500 and status != 408) or status in _OF_THE_NETWORK
        lacks_code = code is None and decoded is not None and self._has_codes
        is_foreign = is_refusal and bool(status in _OF_THE_NETWORK or unreadable or lacks_code)
        if is_foreign:
            form = unreadable or ("JSON without a code" if lacks_code else _OF_THE_NETWORK[status])
            problem = (
                f"answered {status} with {form}{said}. That does not look like {name} itself, but like a proxy, an "
                "ingress or a login page before it"
            )
            remedy = f"{self._first_checks()}. If that is right: {remedy}"
        # 5XX of a write may come from a gateway in front of a server that did the work, as may 408; 501 says that there
        # is no such call. 2XX with a body that says no is how some of these systems refuse, none that takes money. Of
        # what costs money only the API's own refusal counts: nobody knows what became of it behind any other.
        is_plain = is_refusal or status == 501 or status < 300
        if call.once and (code is None or status < 300):
            is_plain = False
        kind = call.lost if not is_plain else Intermediary if is_foreign else Refused
        error = kind(
            call.what,
            call.url,
            problem,
            remedy,
            status=status,
            code=code,
            correlation_id=self._correlation(headers, decoded),
        )
        error.body = decoded
        return error

    def _correlation(self, headers: Mapping[str, str], body: Any) -> str | None:
        for name in _CORRELATION_HEADERS:
            if headers.get(name):
                return self._shown(headers[name], 100)
        context = body.get("contextId") if isinstance(body, dict) else None
        return self._shown(str(context), 100) if context else None

    def _shown(self, text: str, limit: int) -> str:
        """Return a server's text for a message; scrubbed before it is cut, which could hide a part of a secret."""
        return in_message(self._secrets.scrub(text), limit)


@dataclass(frozen=True)
class _Call:
    """One request with all its repetitions.

    :arg limit: seconds that it may take.
    :arg give_up: the moment, on the clock of Http, at which it ends.
    """

    what: str
    url: str
    repeatable: bool
    once: bool
    limit: float
    give_up: float

    @property
    def lost(self) -> type[ApiError]:
        """The error for a request of which it is not known what became."""
        return self.lost_as(ApiError)

    def lost_as(self, kind: type[ApiError]) -> type[ApiError]:
        """The same, for a fault that has a kind of its own where nothing is at stake."""
        return kind if self.repeatable else Unclear


class _Transient(Exception):
    """Carries an error that may go away by itself."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


def _payload(
    body: Any, content: Content | None, form: Mapping[str, str] | None
) -> tuple[bytes | dict[str, str] | None, str | None]:
    """Return what is sent, as requests takes it, and its media type where requests does not set that itself.

    :raises TypeError, ValueError: it can't be written as JSON.
    """
    if content is not None:
        return content.raw, content.media_type
    if body is not None:
        return json.dumps(body, allow_nan=False).encode(), "application/json"
    return None if form is None else dict(form), None


def _trust(connection: Connection) -> tuple[str | bool, str]:
    """Return which authorities are trusted, as requests takes it, and what says so."""
    if not connection.validate_certs:
        return False, "validate_certs"
    if connection.ca_path:
        return connection.ca_path, "ca_path"
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.environ.get(name):
            return os.environ[name], f"the environment variable {name}"
    return True, "ca_path"


def _cause(error: BaseException) -> BaseException:
    """Return what urllib3 said, which requests wraps once or twice."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    reason = getattr(inner, "reason", None)
    return reason if isinstance(reason, BaseException) else inner or error


def _first_line(error: BaseException) -> str:
    """Return the telling part of a library's error: its last clause, without objects and their addresses."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    clause = re.sub(r"^.*?(?=Failed to resolve)|^.*new connection: (\[Errno -?\d+\] )?|^.*>: ", "", text)
    return clause.strip()[:200]
