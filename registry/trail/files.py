"""The log as files under REGISTRY_HOME/audit, in the layout of C2SP tlog-tiles: checkpoint, tiles, and every head.

No entries: what events say stays in the database. Files appear whole or not at all; a tile or a head never changes.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit.notes import Head, NoteError, Verifier, open_note, split_notes
from registry.audit.proofs import tiles_of
from registry.audit.tree import HEIGHT, WIDTH, Tiles

CHECKPOINT, HEADS, TILES, PUBLIC_KEY = "checkpoint", "heads", "tile", "key.txt"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old one or the new one, and it lasts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def numbered(number: int) -> str:
    """The path of a tile's number: 1234067 → x001/x234/067."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def tile_path(folder: Path, level: int, number: int, width: int = WIDTH) -> Path:
    """Where a tile lies; one that is not full yet has its width in its name."""
    path = folder / TILES / str(level) / numbered(number)
    return path if width == WIDTH else Path(f"{path}.p") / str(width)


def read_checkpoint(folder: Path, verifier: Verifier) -> Head | None:
    """The newest head on disk; None before the first. Raises NoteError when it is not ours."""
    try:
        return open_note((folder / CHECKPOINT).read_text(encoding="utf-8"), verifier)
    except FileNotFoundError:
        return None


def publish_key(folder: Path, verifier: Verifier) -> None:
    """Leave the public key beside the files."""
    path = folder / PUBLIC_KEY
    if not path.exists():
        write_whole(path, f"{verifier}\n".encode())


def publish(session: Session, folder: Path, verifier: Verifier) -> int:
    """Bring the files up to the newest head of the database; returns how many heads were written."""
    on_disk = read_checkpoint(folder, verifier)
    done = on_disk.size if on_disk else 0
    heads = session.execute(
        text("SELECT size, at, note FROM audit_head WHERE size > :done ORDER BY size"), {"done": done}
    ).all()
    if not heads:
        return 0
    size = heads[-1].size
    _write_tiles(tiles_of(session), folder, done, size)
    for head in heads:
        write_whole(folder / HEADS / f"{head.at:%Y-%m-%d}" / f"{head.size:012d}", head.note.encode())
    write_whole(folder / CHECKPOINT, heads[-1].note.encode())
    return len(heads)


def _write_tiles(tiles: Tiles, folder: Path, done: int, size: int) -> None:
    level = 0
    while count := size >> (HEIGHT * level):
        before = done >> (HEIGHT * level)
        for number in range(before // WIDTH, (count - 1) // WIDTH + 1):
            width = min(WIDTH, count - number * WIDTH)
            path = tile_path(folder, level, number, width)
            if not path.exists():
                write_whole(path, b"".join(tiles(level, number)[:width]))
            _forget_parts(tile_path(folder, level, number), width)
        level += 1


def _forget_parts(whole: Path, width: int) -> None:
    """Remove the narrower parts of a tile, which the wider one holds."""
    parts = Path(f"{whole}.p")
    for part in parts.glob("*"):
        if part.name.isdigit() and int(part.name) < width:
            part.unlink()
    if width == WIDTH and parts.is_dir():
        parts.rmdir()


def read_tile(folder: Path, level: int, number: int, width: int) -> list[bytes] | None:
    """The first `width` hashes of a tile on disk; None when it is not there.

    A service that goes on publishing replaces a narrower tile by a wider one, which holds it.
    """
    for _ in range(3):
        for path in _holding(folder, level, number, width):
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # replaced at this very moment
                continue
            return [content[at : at + 32] for at in range(0, len(content), 32)][:width]
    return None


def _holding(folder: Path, level: int, number: int, width: int) -> list[Path]:
    """Where a tile of this width may lie: under its own width, or as part of a wider one."""
    whole = tile_path(folder, level, number)
    parts = [one for one in Path(f"{whole}.p").glob("*") if one.name.isdigit() and int(one.name) > width]
    return [tile_path(folder, level, number, width), *sorted(parts, key=lambda one: int(one.name)), whole]


def read_heads(place: Path) -> Iterator[tuple[str, str]]:
    """(where, note) of all heads in a file or anywhere in a folder; none when it is not there."""
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    for path in paths:
        if not path.is_file() or path.name.startswith(".") or path.suffix == ".tsr":
            continue
        try:
            notes = split_notes(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NoteError(f"{path} cannot be read") from None
        for note in notes:
            yield str(path), note
