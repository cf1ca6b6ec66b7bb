"""The formats of docs/trail.md: its vectors, and a check that was written from its text alone, on a bundle as strangers get it."""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Bed
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from make import sequencer

from registry.audit import encoding, notes, tree
from registry.audit.proofs import as_json, prove, prove_consistency
from registry.trail import keys
from registry.trail.exporting import export

TEXT = (Path(__file__).parents[2] / "docs" / "trail.md").read_text(encoding="utf-8")
EVENT = [
    "7", "2026-11-25T01:02:03.000400Z", None, "Trần Thu Hà", "hr_officer", "official.read", "official", "u-1", "12", None, "r-9",
    '{"as_of": "2026-11-25"}',
]  # fmt: skip


# A stranger's check: nothing of the registry is imported below this line and above the tests


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(fields: Sequence[str | None]) -> bytes:
    lines = [b"-\n" if one is None else b"%d:%s\n" % (len(one.encode()), one.encode()) for one in fields]
    return sha(b"\x00", b"cbccvc-event-v1\n", *lines)


def root_of(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha(b"\x01", root_of(leaves[:left]), root_of(leaves[left:]))


def climb(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to; recursion over the way the proof was made."""
    if size == 1:
        assert not path
        return leaf
    left = 1
    while left * 2 < size:
        left *= 2
    if place < left:
        return sha(b"\x01", climb(leaf, place, left, path[:-1]), path[-1])
    return sha(b"\x01", path[-1], climb(leaf, place - left, size - left, path[:-1]))


def read_note(note: str, key: str) -> tuple[int, bytes]:
    """(size, root) of a head; an error when the key did not sign it."""
    name, id_, encoded = key.split("+", 2)
    public = base64.b64decode(encoded)[1:]
    assert sha(name.encode(), b"\n\x01", public)[:4].hex() == id_
    body, signature = note.split("\n\n")
    dash, signer, signed = signature.strip().split(" ")
    raw = base64.b64decode(signed)
    assert (dash, signer, raw[:4].hex()) == ("—", name, id_)
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{body}\n".encode())
    origin, size, root, _ = body.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root)


def check_bundle(path: Path, kept: str | None = None) -> int:
    """Events in a sound bundle; an error otherwise. `kept`: a head that was kept elsewhere."""
    with zipfile.ZipFile(path) as bundle:
        key, heads, events, told = (
            bundle.read(name).decode() for name in ("key.txt", "heads.txt", "events.jsonl", "leaves.txt")
        )
    leaves = [leaf_of(json.loads(line)) for line in events.splitlines()]
    for place, (ours, theirs) in enumerate(zip(leaves, told.split(), strict=True)):
        assert ours.hex() == theirs, f"the event at place {place} was altered"
    written = re.findall(r"[^\n]+\n\d+\n[^\n]+\ntime [^\n]+\n\n— [^\n]+\n", heads)
    for note in [*written, *([kept] if kept else [])]:
        size, root = read_note(note, key.strip())
        assert size <= len(leaves), f"the log was cut: a head covers {size}"
        assert root_of(leaves[:size]) == root, f"the log is not that of the head over {size}"
    return len(leaves)


def sealed(rows: Sequence[str]) -> list[list[Any]]:
    """What a seal says of a part whose rows have these JSON texts, in the order of their keys."""
    blocks = [rows[at : at + 64] for at in range(0, len(rows), 64)]
    return [[len(one), sha(*(sha(row.encode()) for row in one)).hex()] for one in blocks]


# The tests


def test_the_vector_of_a_seal_holds() -> None:
    row = '{"id": 7, "name": "Sở Nội vụ"}'
    assert f"`{row}` | `{sha(row.encode()).hex()}` |" in TEXT
    assert f"`{sealed([row])[0][1]}`" in TEXT


def numbered(size: int) -> list[bytes]:
    """The leaves of the vectors."""
    return [sha(b"\x00", str(place).encode()) for place in range(size)]


def test_the_vector_of_an_event_holds() -> None:
    told = encoding.encode(EVENT)
    assert told.hex() in TEXT
    assert f"`{leaf_of(EVENT).hex()}`" in TEXT
    assert encoding.leaf_hash(told) == leaf_of(EVENT)


def test_the_vectors_of_trees_hold_and_both_ways_to_make_them_agree() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w{64})` \| (.*) \| (.*) \|$", TEXT, re.M)
    assert [int(one[0]) for one in rows] == [1, 2, 3, 5, 8, 11, 256, 300]
    for written, root, inclusion, consistency in rows:
        size = int(written)
        leaves = numbered(size)
        growing = tree.Frontier()
        for one in leaves:
            growing.append(one)
        whole = tree.Tree(tiles_of(leaves), size)
        assert root == root_of(leaves).hex() == growing.root().hex() == whole.root().hex()
        place, first = size // 2, max(size // 3, 1)
        path, since = whole.inclusion(min(place, size - 1)), whole.consistency(first)
        assert [one.hex() for one in path] == re.findall(r"\w{64}", inclusion)
        assert [one.hex() for one in since] == re.findall(r"\w{64}", consistency)


def tiles_of(leaves: list[bytes]) -> tree.Tiles:
    """Tiles made the slow way."""

    def tile(level: int, number: int) -> list[bytes]:
        width = 256**level
        starts = range(number * 256 * width, min((number + 1) * 256 * width, len(leaves) - width + 1), width)
        return [root_of(leaves[at : at + width]) for at in starts]

    return tile


def test_proofs_of_every_place_and_size_hold_and_wrong_ones_do_not() -> None:
    for size in (*range(1, 20), 257, 515):
        leaves = numbered(size)
        whole = tree.Tree(tiles_of(leaves), size)
        root = whole.root()
        for place in {*range(min(size, 20)), size // 2, size - 1}:
            path = whole.inclusion(place)
            assert climb(leaves[place], place, size, path) == root
            assert tree.includes(leaves[place], place, size, path, root)
            assert not tree.includes(sha(b"other"), place, size, path, root)
            assert not tree.includes(leaves[place], place, size, [*path, root], root)
            if place + 1 < size:
                assert not tree.includes(leaves[place], place + 1, size, path, root)
        for first in {*range(1, min(size, 20) + 1), size}:
            path, before = whole.consistency(first), root_of(leaves[:first])
            assert tree.extends(first, size, path, before, root)
            assert not tree.extends(first, size, path, sha(b"other"), root)
            assert first == size or not tree.extends(first, size, path, before, sha(b"other"))


def test_the_vector_of_a_head_holds_and_a_changed_one_is_refused() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    signer = notes.Signer("example.vn/trail", key)
    note = signer.sign(5, root_of(numbered(5)), datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC))
    assert f"```\n{note}```" in TEXT
    assert f"`{signer.verifier}`" in TEXT
    assert read_note(note, str(signer.verifier)) == (5, root_of(numbered(5)))
    assert notes.open_note(note, notes.Verifier.read(str(signer.verifier))).size == 5
    for wrong in (note.replace("\n5\n", "\n6\n"), note.replace("01:02:03Z", "01:02:04Z")):
        with pytest.raises(InvalidSignature):
            read_note(wrong, str(signer.verifier))
        with pytest.raises(notes.NoteError):
            notes.open_note(wrong, signer.verifier)
    other = notes.Signer.read(notes.make_key("example.vn/trail"))
    with pytest.raises(notes.NoteError):
        notes.open_note(note, other.verifier)


def test_python_and_sql_hash_an_event_alike_whatever_it_says(demo: Bed) -> None:
    odd: list[Any] = ["Nguyễn\n5:ê", "", "a'b\\c", "😀", "e\u0301"]
    with demo.session() as session:
        for text in odd:
            session.execute(
                sa.text("""INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id, reason, detail)
                    VALUES (:t, 'x', 'y', 'z', :t, :t, jsonb_build_object('k', CAST(:t AS text), 'n', 1.50, 'b', true))"""),
                {"t": text},
            )
        rows = session.execute(
            sa.text(f"SELECT {encoding.leaf_sql()} AS hash, {encoding.texts()} FROM audit_event e")
        ).all()
        session.rollback()
    assert len(rows) >= len(odd)
    for row in rows:
        assert bytes(row.hash) == encoding.leaf_hash(encoding.encode(row[1:])) == leaf_of(row[1:])


def test_a_stranger_checks_a_bundle_and_a_proof_by_the_text_alone(registry: Bed, tmp_path: Path) -> None:
    keeper = sequencer(registry)
    keeper.turn()
    first = registry.scalar("SELECT max(size) FROM audit_head")
    registry.api("auditor1")
    keeper.turn()
    kept = registry.scalar("SELECT note FROM audit_head ORDER BY size DESC LIMIT 1")
    path = tmp_path / "trail.zip"
    made = export(registry.engine("audit"), keys.verifier(registry.settings), path)
    with registry.session("audit") as session:
        event = session.execute(sa.text("SELECT max(id) FROM audit_event")).scalar_one()
        proof = as_json(prove(session, event))
        since = prove_consistency(session, first, proof["head"]["size"])
    assert check_bundle(path, kept) == made["events"] > first
    leaf = sha(b"\x00", base64.b64decode(proof["entry"]))
    size, root = read_note(proof["head"]["note"], str(keys.verifier(registry.settings)))
    hashes = [bytes.fromhex(one) for one in proof["proof"]]
    assert climb(leaf, proof["place"], size, hashes) == root
    assert len(hashes) * 32 <= 864
    before = registry.scalar("SELECT root FROM audit_head WHERE size = :size", size=first)
    assert tree.extends(first, size, since, bytes(before), root)
    told = next(
        json.loads(one[11])
        for one in map(json.loads, zipfile.ZipFile(path).read("events.jsonl").decode().splitlines())
        if (one[5], one[7]) == ("trail.seal", "units")
    )
    with registry.session("audit") as session:
        session.execute(sa.text("SET LOCAL TIME ZONE 'UTC'"))
        for part, table in (("position", "position"), ("version", "organization_version")):
            texts = session.execute(sa.text(f"SELECT row_to_json(r)::text FROM {table} r ORDER BY id"))
            assert told["rows"][part] == sealed(list(texts.scalars())), part
    with pytest.raises(FileExistsError):
        export(registry.engine("audit"), keys.verifier(registry.settings), path)
    bent = tmp_path / "bent.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bent, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name, content.replace(b"token.create", b"token.Create") if "events" in name else content
            )
    with pytest.raises(AssertionError, match="was altered"):
        check_bundle(bent)
