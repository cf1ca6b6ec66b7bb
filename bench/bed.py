"""The registry that is measured: its own durable cluster, one database a size, loaded once and kept.

A large one is the loaded one laid side by side; the largest hold only what statistics read.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.multiply import LOADING, multiply
from registry import migrate
from registry.access import queries as access
from registry.access.actor import Actor
from registry.cluster import Cluster, provision_roles, role_password
from registry.db import EVERYTHING, Scope, make_engine, make_sessions
from registry.roles import LOGIN_ROLES

SECRET = b"the-bench-has-only-invented-data-32b"
TODAY = date(2026, 11, 25)
LOADED = 25_000
"""Beds up to this size come from the generator; larger ones are this one laid side by side (multiply.py)."""
WHOLE = 250_000
"""Beyond this size only the tables that statistics read are laid: all of them would be some hundred gigabytes."""


@dataclass
class Bed:
    """A database of one size."""

    cluster: Cluster
    name: str
    officials: int

    @property
    def whole(self) -> bool:
        """Whether it holds everything about everybody, not only what statistics read."""
        return self.officials <= WHOLE

    def dsn(self, role: str) -> str:
        """Connection string of a role."""
        user = LOGIN_ROLES[role]
        return self.cluster.dsn(user, self.name, role_password(SECRET, user))

    @contextmanager
    def session(self, role: str = "migrate", scope: Scope = EVERYTHING) -> Iterator[Session]:
        """One transaction under a role, as the service has them; the engine is kept for the next."""
        with sessions_of(self, role)() as session:
            session.info["scope"] = scope
            yield session
            session.commit()

    def bare(self) -> psycopg.Connection[tuple[object, ...]]:
        """The owner's bare connection for floors: no policy, statements prepared at once."""
        return psycopg.connect(self.dsn("migrate"), autocommit=True, prepare_threshold=1)

    def actor(self, username: str) -> Actor:
        """A demo account."""
        with self.session() as session:
            actor = access.find_by_username(session, username, TODAY)
        assert actor is not None
        return actor


_engines: dict[str, sa.Engine] = {}
_sessions: dict[tuple[str, str], sessionmaker[Session]] = {}


def engine_of(dsn: str) -> sa.Engine:
    """One engine a connection string."""
    if dsn not in _engines:
        _engines[dsn] = make_engine(dsn)
    return _engines[dsn]


def sessions_of(bed: Bed, role: str) -> sessionmaker[Session]:
    """One factory of sessions a database and role, as a service has."""
    if (bed.name, role) not in _sessions:
        _sessions[bed.name, role] = make_sessions(engine_of(bed.dsn(role)))
    return _sessions[bed.name, role]


def let_go() -> None:
    """Give back every connection, so that a database can be a template."""
    for engine in _engines.values():
        engine.dispose()


@contextmanager
def cluster_at(home: Path) -> Iterator[Cluster]:
    """The bench's cluster, running for the length of the block."""
    cluster = Cluster(home)
    cluster.start()
    try:
        yield cluster
    finally:
        let_go()
        cluster.stop()


def bed_of(cluster: Cluster, officials: int) -> Bed:
    """The database of a size, made and loaded when it is not there yet."""
    from registry.quality import services as quality
    from seed.demo import load_demo
    from seed.load import load_accounts, load_catalogues

    bed = Bed(cluster, f"bench_{officials}", officials)
    with psycopg.connect(cluster.dsn(database="postgres")) as connection:
        known = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [f"{bed.name}_ready"]
        ).rowcount
    if known:
        provision_roles(cluster.dsn(database="postgres"), SECRET, bed.name)
        migrate.upgrade(engine_of(bed.dsn("migrate")))
        return bed
    if officials > LOADED and officials % LOADED == 0:
        return _laid_side_by_side(cluster, bed_of(cluster, LOADED), officials // LOADED)
    drop(cluster, bed.name)
    provision_roles(cluster.dsn(database="postgres"), SECRET, bed.name)
    migrate.upgrade(engine_of(bed.dsn("migrate")))
    with bed.session() as session:
        load_catalogues(session)
        load_demo(session, officials=officials, seed=1, today=TODAY)
        load_accounts(session)
    with bed.session() as session:
        quality.refresh_all(session, TODAY)
    tidy(bed)
    admin(cluster, f'CREATE DATABASE "{bed.name}_ready"')  # an empty mark that loading came to its end
    return bed


def _laid_side_by_side(cluster: Cluster, small: Bed, times: int) -> Bed:
    """A large bed out of the loaded one, by a server that gives up crash safety until all of it is on the disk."""
    let_go()
    cluster.stop()
    loader = Cluster(cluster.home, durable=False, settings=LOADING)
    loader.start()
    try:
        bed = Bed(cluster, f"bench_{small.officials * times}", small.officials * times)
        clone(loader, small, bed.name)
        multiply(
            lambda: psycopg.connect(loader.dsn(database=bed.name), autocommit=True),
            times,
            counted_only=not bed.whole,
        )
        tidy(bed)
        admin(loader, f'CREATE DATABASE "{bed.name}_ready"')
    finally:
        let_go()
        loader.stop()
        os.sync()
        cluster.start()
    return bed


def tidy(bed: Bed) -> None:
    """Vacuum and analyze, as a service left alone for an hour would be."""
    with bed.bare() as connection:
        connection.execute("VACUUM ANALYZE")


def clone(cluster: Cluster, bed: Bed, name: str) -> Bed:
    """A copy of a database to write in."""
    let_go()
    drop(cluster, name)
    owner = LOGIN_ROLES["migrate"]
    admin(cluster, f'CREATE DATABASE "{name}" OWNER {owner} TEMPLATE "{bed.name}" STRATEGY FILE_COPY')
    admin(cluster, f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {", ".join(LOGIN_ROLES.values())}')
    return Bed(cluster, name, bed.officials)


def drop(cluster: Cluster, name: str) -> None:
    """Remove a database if it is there."""
    admin(cluster, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def admin(cluster: Cluster, statement: str) -> None:
    """A superuser's statement outside a transaction."""
    with psycopg.connect(cluster.dsn(database="postgres"), autocommit=True) as connection:
        connection.execute(statement)
