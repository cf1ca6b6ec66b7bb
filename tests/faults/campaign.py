"""The long campaign behind `make faults`: KILLS (60) kills under load, restarts, a full disk, and proof that the ledger bites.

ROWS (300) is the length of the files that are imported meanwhile; with long ones the kills lie further apart, so that
they fall into every step of an import.

Makes its own registry in a directory that is thrown away, prints a table, and exits 1 when anything was lost, done twice,
torn, or answered with an error of ours. As root the disk is a small tmpfs; else that part is left out.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import harness
from harness import Importer, Ledger, Outcome, Registry, Writer, compare, content, verified, working

KINDS = ("app", "backend", "worker", "postgres", "serve", "app", "postgres")
DISK = 420 * 1024 * 1024

Row = tuple[str, int, Outcome, float, str]
"""A phase, its faults, what the comparison found, the longest wait until it was ready again, a note."""


def under_load(registry: Registry, place: Path, faults: Sequence[str], seed: int, rows: int = 300) -> Row:
    """Faults one after another while four write and one imports; the comparison, with the trail verified."""
    ledger, stop, chance = Ledger(place), threading.Event(), random.Random(seed)
    threads = working(
        [*(Writer(registry, ledger, stop) for _ in range(4)), Importer(registry, ledger, stop, rows=rows)]
    )
    slowest, apart = 0.0, max(1.0, rows / 1000)
    for one in faults:
        time.sleep(chance.uniform(0.2, 2.0) * apart)
        registry.kill(one, chance)
        time.sleep(0.5)
        slowest = max(slowest, registry.wait())
    time.sleep(2)
    stop.set()
    for one in threads:
        one.join()
    found = compare(registry, ledger)
    found.torn += [told for told in [verified(registry)] if told]
    return (
        "",
        len(faults),
        found,
        slowest,
        " ".join(f"{name}×{times}" for name, times in sorted(ledger.seen.items())),
    )


def full_disk(home: Path) -> Row:
    """A registry on a small disk that fills up while it writes and is then made free again."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(home)], check=True)
    registry = Registry(home)
    try:
        registry.start()
        ledger, stop = Ledger(home.with_suffix(".ledger")), threading.Event()
        threads = working([Writer(registry, ledger, stop) for _ in range(3)])
        token = registry.token("hr.hanoi")
        time.sleep(3)
        room = os.statvfs(home)
        with (home / "ballast").open("wb") as ballast:
            while room.f_bavail:
                try:
                    ballast.write(b"\0" * min(1 << 20, room.f_bavail * room.f_frsize))
                    ballast.flush()
                except OSError:
                    break
                room = os.statvfs(home)
        not_ready, reads = 0, Counter[int]()
        for _ in range(100):
            not_ready += not registry.ready()
            reads[_read(registry, token)] += 1
            time.sleep(0.1)
        (home / "ballast").unlink()
        back = registry.wait()
        time.sleep(3)
        stop.set()
        for one in threads:
            one.join()
        found = compare(registry, ledger)
        found.torn += [told for told in [verified(registry)] if told]
        if not not_ready:
            found.errors.append("/readyz said ready on a full disk")
        found.errors += [
            f"a read on a full disk: {status}" for status in reads if status not in (0, 200, 503)
        ]
        note = (
            f"while full /readyz was false {not_ready} times of 100 and reads were {dict(reads)}; "
            + " ".join(f"{k}×{v}" for k, v in sorted(ledger.seen.items()))
        )
        return "disk full, then freed", 1, found, back, note
    finally:
        registry.end()
        subprocess.run(["umount", str(home)], check=False)


def _read(registry: Registry, token: str) -> int:
    try:
        return registry.ask("GET", "/officials?limit=3", Authorization=f"Bearer {token}")[0]
    except harness.Gone:
        return 0


def bites(registry: Registry, place: Path) -> list[tuple[str, Outcome, bool]]:
    """The same comparison where it must find something: clients that send again without a key, commits that do not wait
    for the disk. The last of all, since it leaves a registry that has lost what it signed."""
    chance, proved = random.Random(3), []
    ledger, stop = Ledger(place / "no-keys"), threading.Event()
    threads = working([Writer(registry, ledger, stop, keys=False) for _ in range(6)])
    for _ in range(8):
        time.sleep(0.7)
        registry.kill("app", chance)
    registry.wait()
    stop.set()
    for one in threads:
        one.join()
    found = compare(registry, ledger)
    proved.append(
        ("clients that send again without Idempotency-Key", found, bool(found.doubled or found.torn))
    )

    with registry.superuser() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")
    ledger, stop = Ledger(place / "no-sync"), threading.Event()
    threads = working([Writer(registry, ledger, stop) for _ in range(4)])
    time.sleep(6)
    registry.kill("postgres", chance)
    stop.set()
    registry.wait()
    for one in threads:
        one.join()
    found = compare(registry, ledger)
    proved.append(("synchronous_commit off", found, bool(found.lost)))
    return proved


def main() -> int:
    """Everything, with a table at the end; 0 when nothing is wrong and the ledger bites where it should."""
    kills, seed, length = (
        int(os.environ.get(name, value)) for name, value in (("KILLS", "60"), ("SEED", "1"), ("ROWS", "300"))
    )
    top = Path(tempfile.mkdtemp(prefix="registry-campaign-"))
    top.chmod(0o711)
    registry, rows = Registry(top / "home", officials=200), list[Row]()
    registry.home.mkdir(mode=0o711)
    began = time.monotonic()
    try:
        registry.start()
        chance = random.Random(seed)
        faults = [chance.choice(KINDS) for _ in range(kills)]
        told = Counter(faults)
        rows.append(
            (
                "kill -9: " + ", ".join(f"{n} {name}" for name, n in told.items()),
                *under_load(registry, top / "kills", faults, seed, length)[1:],
            )
        )
        rows.append(
            (
                "PostgreSQL restarted under load",
                *under_load(registry, top / "restarts", ["restart"] * max(3, kills // 10), seed)[1:],
            )
        )
        rows.append(_undisturbed(registry, top, length))
        proved = bites(registry, top)
    finally:
        registry.end()
    if os.geteuid() == 0 and shutil.which("mount"):
        (top / "small").mkdir()
        rows.append(full_disk(top / "small"))
    for name, count, found, slowest, note in rows:
        print(f"{name}: {count} faults, {found.acknowledged} acknowledged, lost {len(found.lost)}, doubled {len(found.doubled)}, "
              f"torn {len(found.torn)}, errors {len(found.errors)}, longest until ready {slowest:.1f} s; {note}")  # fmt: skip
        for one in (found.lost + found.doubled + found.torn + found.errors)[:10]:
            print("   ", one)
    for name, found, bitten in proved:
        print(f"bites on {name}: {'yes' if bitten else 'NO'}, of {found.acknowledged} acknowledged lost {len(found.lost)}, "
              f"doubled {len(found.doubled)}, torn {len(found.torn)}")  # fmt: skip
    print(f"{time.monotonic() - began:.0f} s")
    good = all(found.clean for _, _, found, _, _ in rows) and all(bitten for _, _, bitten in proved)
    if good:
        shutil.rmtree(top, ignore_errors=True)
    else:
        print(f"kept in {top}")
    return 0 if good else 1


def _undisturbed(registry: Registry, top: Path, length: int) -> Row:
    """An import that nobody disturbs brings what those brought that were disturbed."""
    ledger = Ledger(top / "undisturbed")
    Importer(registry, ledger, threading.Event(), rows=length).run(1)
    found = compare(registry, ledger)
    want = content(registry, ledger.entries("applied")[0]["change"])
    disturbed = Ledger(top / "kills").entries("applied")
    for one in disturbed:
        if content(registry, one["change"]) != want:
            found.torn.append(f"{one} brought something else")
    return "imports through kills against one without", 0, found, 0.0, f"{len(disturbed)} compared"


if __name__ == "__main__":
    sys.exit(main())
