"""The Merkle tree of RFC 9162, section 2.1, over leaf hashes: roots, inclusion and consistency proofs, and their checks.

Hashes are kept by tiles as in C2SP tlog-tiles: tile `n` of level `l` holds up to 256 hashes of complete subtrees of
256^l leaves, from the `256 n`-th on.
"""

import hashlib
from collections.abc import Callable, Sequence

WIDTH = 256
HEIGHT = 8
EMPTY = hashlib.sha256(b"").digest()

Tiles = Callable[[int, int], Sequence[bytes]]
"""(level of tiles, number) → the hashes of that tile, as many as there are."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of subtrees of one size."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]


class Frontier:
    """A tree that only grows: the roots of its complete subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Put a leaf at the end."""
        place, found = self.size, leaf
        while place & 1:
            found = node_hash(self._complete.pop(), found)
            place >>= 1
        self._complete.append(found)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._complete:
            return EMPTY
        found = self._complete[-1]
        for left in reversed(self._complete[:-1]):
            found = node_hash(left, found)
        return found


class Tree:
    """A tree of `size` leaves whose hashes come by tiles, each asked for once."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self.size = size
        self._tiles = tiles
        self._known: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self) -> bytes:
        """The root; of no leaf at all the hash of nothing."""
        return self._over(0, self.size) if self.size else EMPTY

    def inclusion(self, place: int) -> list[bytes]:
        """The proof that the leaf at `place` is in the tree (RFC 9162, 2.1.3.1), from the leaf upwards."""
        if not 0 <= place < self.size:
            raise ValueError("no such leaf")
        return self._path(place, 0, self.size)

    def consistency(self, earlier: int) -> list[bytes]:
        """The proof that the tree of the first `earlier` leaves is the beginning of this one (2.1.4.1)."""
        if not 0 < earlier <= self.size:
            raise ValueError("no such tree")
        return self._beginning(earlier, 0, self.size, True)

    def _path(self, place: int, low: int, high: int) -> list[bytes]:
        if high - low == 1:
            return []
        middle = low + _split(high - low)
        if place < middle:
            return [*self._path(place, low, middle), self._over(middle, high)]
        return [*self._path(place, middle, high), self._over(low, middle)]

    def _beginning(self, earlier: int, low: int, high: int, whole: bool) -> list[bytes]:
        if earlier == high:
            return [] if whole else [self._over(low, high)]
        middle = low + _split(high - low)
        if earlier <= middle:
            return [*self._beginning(earlier, low, middle, whole), self._over(middle, high)]
        return [*self._beginning(earlier, middle, high, False), self._over(low, middle)]

    def _over(self, low: int, high: int) -> bytes:
        """The hash over the leaves [low, high)."""
        width = high - low
        if width & (width - 1) == 0 and low % width == 0:
            return self.subtree(width.bit_length() - 1, low // width)
        middle = low + _split(width)
        return node_hash(self._over(low, middle), self._over(middle, high))

    def subtree(self, level: int, place: int) -> bytes:
        """The root of the `place`-th complete subtree of 2^level leaves."""
        above = level % HEIGHT
        first = place << above
        tile = self._tile(level // HEIGHT, first // WIDTH)
        hashes = list(tile[first % WIDTH : first % WIDTH + (1 << above)])
        if len(hashes) != 1 << above:
            raise ValueError("the log has fewer leaves than its tree needs")
        return fold(hashes)

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        if (level, number) not in self._known:
            self._known[level, number] = self._tiles(level, number)
        return self._known[level, number]


def _split(width: int) -> int:
    """The largest power of two below a width."""
    return 1 << (width - 1).bit_length() - 1


def includes(leaf: bytes, place: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows the leaf at its place in the tree of this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= place < size:
        return False
    at, last, found = place, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(one, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def extends(first: int, second: int, proof: Sequence[bytes], root_1: bytes, root_2: bytes) -> bool:
    """Whether a proof shows the tree of `first` leaves to be the beginning of that of `second` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and root_1 == root_2
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, root_1)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, one)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root_1 and new == root_2
