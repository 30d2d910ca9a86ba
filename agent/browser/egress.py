"""Ways out of the browser that its request guard never sees, and how they are shut.

The guard sees requests. Sockets of workers, WebRTC, WebTransport and prefetches by speculation
rules are none: each of them carried a typed value to a hostile server past it. They are shut by
Chromium's own switches, and by a script in every document, while secrets are bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table
from agent.vault.origin import OriginPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.vault.origin import OriginRule

# Nothing listens on the discard port; what does would get a SOCKS greeting and no value.
_NOWHERE = "socks5://127.0.0.1:9"
# Reading the public suffix list takes 50 ms, and only "site:" rules need it.
_LAZY: Table[Callable[[str], str | None]] = Table(
    "agent.vault", {"registrable_domain": "registrable:registrable_domain"}
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_SOCKETS = {"https": "wss", "http": "ws"}
_ALWAYS = (
    "--dns-prefetch-disable",
    "--no-pings",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)

SHUT_SCRIPT = """
(() => {
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport'])
    delete window[name];
  const rules = (script) =>
    (script.getAttribute('type') || '').trim().toLowerCase() === 'speculationrules';
  const remove = (node) => {
    if (!node.querySelectorAll) return;
    for (const one of [node, ...node.querySelectorAll('*')]) {
      if (one.shadowRoot) { observe(one.shadowRoot); remove(one.shadowRoot); }
      if (one.localName === 'script' && rules(one)) one.remove();
    }
  };
  // The observer's turn comes before the one in which Chromium reads the rules.
  const observer = new MutationObserver((records) =>
    records.forEach((record) => record.addedNodes.forEach(remove)));
  const observe = (root) => observer.observe(root, { childList: true, subtree: true });
  observe(document);
  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    observe(root);
    return root;
  };
})();
"""
"""Takes WebRTC, WebTransport and speculation rules from a document before its scripts run."""


def egress_switches(
    policies: Sequence[OriginPolicy], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Return Chromium's switches that let sockets go only where every bound secret may go.

    Chromium prefers a SOCKS proxy for WebSockets, so one that is not there stops them in pages and
    workers alike; the bypass list names the allowed hosts. Where the machine itself uses a proxy
    the rule would replace it: there only the sockets of pages are guarded.
    """
    policies = [policy for policy in policies if any(map(_is_web, policy.rules))]
    if not policies or any(environ.get(name) for name in _PROXIES):
        return _ALWAYS
    shared = dict.fromkeys(
        rule
        for policy in policies
        for rule in policy.rules
        if all(other.covers(OriginPolicy((rule,))) for other in policies)
    )
    # "<-loopback>": without it Chromium lets this machine's own addresses past any proxy.
    passing = ";".join(("<-loopback>", *(place for rule in shared for place in _places(rule))))
    return (
        *_ALWAYS,
        f"--proxy-server=http=direct://;https=direct://;socks={_NOWHERE}",
        f"--proxy-bypass-list={passing}",
    )


def _is_web(rule: OriginRule) -> bool:
    """Tell a rule for pages from one for a file server, whose secret no page ever gets."""
    return rule.origin.scheme in _SOCKETS


def _places(rule: OriginRule) -> Iterator[str]:
    scheme = _SOCKETS[rule.origin.scheme]
    port = rule.origin.port
    if rule.match == "exact":
        yield f"{scheme}://{rule.origin.host}:{port}"
        return
    if rule.match == "subdomains":
        yield f"{scheme}://*.{rule.origin.host}:{port}"
        return
    domain = _LAZY["registrable_domain"](rule.origin.host)
    yield f"{scheme}://{domain}:{port}"
    yield f"{scheme}://*.{domain}:{port}"
