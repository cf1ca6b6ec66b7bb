"""The key that signs heads: from the settings, else one of the demo's own in the home directory."""

import secrets
from pathlib import Path

from registry.audit.notes import NoteError, Signer, Verifier, make_key
from registry.config import ConfigError, Settings, make_home, write_once
from registry.trail.files import PUBLIC_KEY

FOLDER = "audit"
KEY = "audit_key"


def folder(settings: Settings) -> Path:
    """Where the log's files lie: checkpoint, heads, tiles, public key."""
    return settings.home / FOLDER


def signer(settings: Settings) -> Signer:
    """The signer of this log. Raises ConfigError when the key cannot be used, or production has none."""
    written = settings.audit_key
    if written is None and settings.production:
        raise ConfigError(
            "REGISTRY_AUDIT_KEY", "or REGISTRY_AUDIT_KEY_FILE must be set when REGISTRY_ENV=production"
        )
    if written is None:
        make_home(settings.home)
        written = write_once(
            settings.home / KEY, lambda: make_key(f"registry-of-officials/{secrets.token_hex(4)}")
        )
    try:
        return Signer.read(written)
    except NoteError as error:
        raise ConfigError("REGISTRY_AUDIT_KEY", str(error)) from None


def verifier(settings: Settings) -> Verifier:
    """Who signs this log's heads, for a check: from the key, else from the public key beside the files."""
    public = folder(settings) / PUBLIC_KEY
    if settings.audit_key is None and not (settings.home / KEY).exists() and public.exists():
        return Verifier.read(public.read_text(encoding="utf-8"))
    return signer(settings).verifier
