"""Where a request comes from, as far as that can be known, and by what kind of program."""

import re
from ipaddress import ip_address, ip_network

from flask import g, request

from registry.access.keys import Site
from registry.access.queries import Terms
from registry.access.services import Door
from registry.config import Settings

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,29}")
IPV6_HOME = 64
"""Bits that a provider gives to one household or office; within them a person chooses freely."""


def source(settings: Settings) -> str:
    """The address behind the trusted proxies, IPv6 by its network; '' when it is only that of a proxy nobody declared.

    With N trusted proxies the N-th entry of X-Forwarded-For from the right was written by one of them; what stands
    further left was sent by the client and is not believed. With none the header is not looked at.
    """
    told = request.remote_addr or ""
    if settings.trusted_proxies:
        hops = [one.strip() for one in ",".join(request.headers.getlist("X-Forwarded-For")).split(",")]
        told = hops[-settings.trusted_proxies] if len(hops) >= settings.trusted_proxies else told
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return ""
    if address.is_loopback and not settings.trusted_proxies:
        return (
            ""  # a proxy on the same machine, for everybody: counting by it would let one person shut out all
        )
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, IPV6_HOME), strict=False))
    return str(address)


def agent() -> str:
    """A coarse name of the browser and its system, such as 'Firefox, Windows'; of a program its first word."""
    sent = request.headers.get("User-Agent", "")[:500]
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in sent), None)
    if browser is None:
        found = PROGRAM.match(sent)
        return found[0] if found else ""
    system = next((name for mark, name in SYSTEMS if mark in sent), None)
    return ", ".join(filter(None, (browser, system)))


def door(settings: Settings) -> Door:
    """Through which door somebody knocks."""
    return Door(source(settings), not settings.production, g.get("request_id"))


def terms(settings: Settings) -> Terms:
    """On which terms anybody is let in."""
    return Terms(
        demo=not settings.production,
        factor_required=settings.factor_required,
        key_required=settings.key_required,
    )


def site(settings: Settings) -> Site | None:
    """What security keys are bound to; None where nobody said what the address is."""
    return Site(settings.public_url) if settings.public_url else None
