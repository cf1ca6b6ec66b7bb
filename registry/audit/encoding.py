"""The bytes of an event, and its leaf hash: docs/trail.md, "The bytes of an event". In Python and, for sets, in SQL."""

import hashlib
from collections.abc import Sequence

HEADING = "cbccvc-event-v1\n"

TEXTS = {
    "id": "{e}.id::text",
    "at": """to_char({e}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "actor_id": "{e}.actor_id::text",
    "actor_name": "{e}.actor_name",
    "actor_role": "{e}.actor_role",
    "action": "{e}.action",
    "object_type": "{e}.object_type",
    "object_id": "{e}.object_id",
    "official_id": "{e}.official_id::text",
    "reason": "{e}.reason",
    "request_id": "{e}.request_id",
    "detail": "{e}.detail::text",
}
"""The fields of an event in their order, each as a text by SQL over the alias {e}. Built-in functions only: a check must not
rest on what somebody could redefine."""


def texts(alias: str = "e") -> str:
    """The select list of the fields as texts."""
    return ", ".join(f"{one.format(e=alias)} AS {name}" for name, one in TEXTS.items())


def encode(values: Sequence[str | None]) -> bytes:
    """The bytes of an event from its fields as texts, in the order of TEXTS."""
    parts = [HEADING.encode()]
    for value in values:
        if value is None:
            parts.append(b"-\n")
        else:
            sent = value.encode()
            parts.append(b"%d:%s\n" % (len(sent), sent))
    return b"".join(parts)


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _length_and_text(value: str) -> str:
    return f"coalesce(octet_length({value})::text || ':' || ({value}) || chr(10), '-' || chr(10))"


def leaf_sql(alias: str = "e") -> str:
    """SQL for the leaf hash of the event `alias`, equal to leaf_hash(encode(…))."""
    parts = " || ".join(_length_and_text(one.format(e=alias)) for one in TEXTS.values())
    heading = f"'{HEADING.strip()}' || chr(10)"
    return f"sha256(decode('00', 'hex') || convert_to({heading} || {parts}, 'UTF8'))"
