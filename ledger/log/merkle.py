"""The tree that seals the log: RFC 6962 §2.1, kept as it grows.

leaf(data), leaves(many)        SHA-256(0x00 || data)
parent(left, right)             SHA-256(0x01 || left || right)
grow(size, frontier, leaf)      append one leaf in place; the hashes of every subtree it completes
grow_all(size, frontier, new)   the same for many leaves, level by level
root(frontier)                  the root of the tree whose complete subtrees these are
frontier_positions(size)        where the frontier of any earlier size was completed

The *frontier* of a tree of n leaves is the list of its complete subtrees, largest first: one per 1-bit of n. A subtree
is complete for ever, so storing with each leaf the subtrees it completes (two hashes on average) keeps every hash of
every earlier tree: the root at any size is a look-up of one row per 1-bit.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from operator import add

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """The hash of one leaf's bytes (RFC 6962 §2.1: the prefix 0x00 keeps leaves and nodes apart)."""
    return sha256(b"\x00" + data).digest()


def leaves(many: Iterable[bytes]) -> list[bytes]:
    """leaf() of each, without a call for each."""
    return [sha256(b"\x00" + data).digest() for data in many]


def parent(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def grow(size: int, frontier: list[bytes], leaf_hash: bytes) -> bytes:
    """Append a leaf to the tree of `size` leaves, changing `frontier` in place.

    Returns the hashes of all complete subtrees that end at the new leaf, joined: its own first, the largest last.
    """
    completed = [leaf_hash]
    while size & 1:
        completed.append(parent(frontier.pop(), completed[-1]))
        size >>= 1
    frontier.append(completed[-1])
    return b"".join(completed)


def grow_all(size: int, frontier: list[bytes], new: Sequence[bytes]) -> list[bytes]:
    """grow() for each of these leaves in turn; the list of what it would return. A good deal faster.

    `level` holds the new subtrees of one height, left to right. Where the first of them is a right half, its left half
    stands last on the frontier; where the last is a left half, it will stand there itself.
    """
    completed, level, rest = list(new), list(new), []
    first, width = size, 1
    while level:
        if first & 1:
            level.insert(0, frontier.pop())
            first -= 1
        if len(level) & 1:
            rest.append(level[-1])
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        first, width = first >> 1, width << 1
        ends = slice((first + 1) * width - size - 1, None, width)  # where a subtree of this width ends
        completed[ends] = map(add, completed[ends], level)
    frontier.extend(reversed(rest))
    return completed


def root(frontier: Sequence[bytes]) -> bytes:
    """The root hash; of the empty tree, SHA-256 of nothing."""
    if not frontier:
        return EMPTY_ROOT
    result = frontier[-1]
    for subtree in reversed(frontier[:-1]):
        result = parent(subtree, result)
    return result


def frontier_positions(size: int) -> Iterator[int]:
    """The positions (1-based) at which the complete subtrees of a tree of `size` leaves end, largest subtree first."""
    end = 0
    for bit in range(size.bit_length() - 1, -1, -1):
        if size >> bit & 1:
            end += 1 << bit
            yield end


def split(joined: bytes) -> list[bytes]:
    """The hashes in a joined run of them."""
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
