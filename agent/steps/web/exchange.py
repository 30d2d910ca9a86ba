"""One request and its answer, over a connection to an address that was checked.

The name is looked up once; the connection goes to the checked address, while the certificate and
the ``Host`` header are those of the name. Proxies and netrc files of this machine are not used, and
nothing is redirected.
"""

from __future__ import annotations

import ssl
import zlib
from functools import cache
from typing import TYPE_CHECKING, Final

import ada_url

from agent.browser.quiet_http import httpx2
from agent.errors import SiteUnreachable, StepFailed
from agent.steps.web.answer import Answer
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.steps.web.answer import Request

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of an answer, unpacked."""
_CONNECT_SECONDS: Final = 10.0
_ABOUT_TO_SEND: Final = "send_request_headers.started"
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_UNPACK_EITHER: Final = 47  # zlib's own number for "gzip or zlib, whichever it is"


async def exchange(
    request: Request, addresses: tuple[str, ...], may_send: Callable[[], object] = lambda: None
) -> Answer:
    """Send a request to the first of the checked addresses that takes it, and read the answer.

    ``may_send`` is called when the connection stands, right before the first byte of the request;
    what it raises is raised. An answer of any status is one. Raises ``SiteUnreachable`` where there
    was none, ``StepFailed`` for a certificate that is not trusted and for an answer that is too
    large.
    """
    origin = Origin.parse(request.url)
    for address in addresses[:-1]:
        try:
            return await _ask(request, origin, address, may_send)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            continue  # nothing was sent: another address of the same host may be up
        except httpx2.HTTPError as error:
            raise _translated(error, origin) from None
    try:
        return await _ask(request, origin, addresses[-1], may_send)
    except httpx2.HTTPError as error:
        raise _translated(error, origin) from None


@cache
def _trust() -> ssl.SSLContext:
    """The certificates this machine trusts, as ``SSL_CERT_FILE`` and its system say."""
    return ssl.create_default_context()


async def _ask(
    request: Request, origin: Origin, address: str, may_send: Callable[[], object]
) -> Answer:
    async def traced(event: str, _told: object) -> None:
        if event.endswith(_ABOUT_TO_SEND):
            may_send()

    headers = [("Host", _authority(request.url)), ("Accept-Encoding", "identity")]
    sent = httpx2.Request(
        request.method,
        _pinned(request.url, origin, address),
        headers=[*headers, *request.headers],
        content=request.body,
        extensions={
            "sni_hostname": origin.host.strip("[]"),
            "trace": traced,
            "timeout": httpx2.Timeout(None, connect=_CONNECT_SECONDS).as_dict(),
        },
    )
    verify = _trust() if origin.scheme == "https" else False
    async with httpx2.AsyncHTTPTransport(verify=verify, trust_env=False) as transport:
        response = await transport.handle_async_request(sent)
        try:
            body = await _bounded(response, origin)
        finally:
            await response.aclose()
    return Answer(response.status_code, _headers(response), body)


def _pinned(url: str, origin: Origin, address: str) -> str:
    """Put the checked address in the place of the host; the rest is as a browser reads it."""
    parsed = ada_url.URL(url)
    host = f"[{address}]" if ":" in address else address
    return f"{origin.scheme}://{host}:{origin.port}{parsed.pathname}{parsed.search}"


def _authority(url: str) -> str:
    return str(ada_url.URL(url).host)


async def _bounded(response: httpx2.Response, origin: Origin) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        _check_size(len(body), origin)
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing in ("identity", "") or not body:
        return bytes(body)
    if packing not in _PACKED:
        raise StepFailed(f"{origin} packed its answer in a way that was not asked for")
    try:
        plain = zlib.decompressobj(_UNPACK_EITHER).decompress(bytes(body), LARGEST + 1)
    except zlib.error:
        raise StepFailed(f"{origin} sent a damaged answer") from None
    _check_size(len(plain), origin)
    return plain


def _check_size(size: int, origin: Origin) -> None:
    if size > LARGEST:
        raise StepFailed(
            f"the answer of {origin} is larger than {LARGEST // 1024 // 1024} MiB",
            hint="ask for less, a page at a time",
        )


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): text for name, text in response.headers.items()}


def _translated(error: httpx2.HTTPError, origin: Origin) -> StepFailed:
    """Make our error of the library's, whose text may quote what was sent."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return StepFailed(
            f"the certificate of {origin} is not trusted",
            hint="name the file of your own authority in SSL_CERT_FILE",
        )
    if isinstance(error, httpx2.LocalProtocolError):
        return StepFailed("a header or the address holds what cannot be sent")
    if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return SiteUnreachable(
            f"{origin} could not be reached: nothing answers there",
            hint="check the address and the network; curl -I the same address",
        )
    return SiteUnreachable(f"{origin} broke the connection off before it had answered")
