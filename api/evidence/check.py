"""Check an evidence pack offline, with nothing but Python: `python3 check.py pack.zip [--key VKEY] [--root SIZE:ROOT]`.

check        the bytes of a pack -> what they prove, and what they do not; raises Refused
unzipped     the files of a pack; zipped: a pack of files, the only way to write it
signed       a signature of Ed25519 (RFC 8032), checked
included, consistent    proofs of RFC 6962

The format is docs/evidence-pack.md. Exit codes: 0 every check passed, 1 refused. `--key`: the public key of the ledger,
from whoever keeps it and never from the pack; `--root`: a size of the log and its root that you know from elsewhere.
"""

import ast
import base64
import hashlib
import json
import operator
import re
import statistics
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

FORMAT = "mcsc-evidence/1"
BYTES_MAX, FILES_MAX = 1 << 28, 16
NAME = re.compile(r"[A-Za-z][a-zA-Z-]{0,30}\.(json|ndjson|note|txt|py)")
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
ROOT = re.compile(r"([0-9]{1,17}):([0-9a-f]{64})")
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
OPERATORS: dict[Any, Callable[[Fraction, Fraction], Fraction]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
}


class Refused(Exception):
    """The pack does not hold what it says; the message says where."""


def need(holds: object, words: str) -> None:
    """Raise Refused unless it holds."""
    if not holds:
        raise Refused(words)


# The archive: files one after the other, not compressed, in one way of writing only


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Write an archive: no compression, no times, no comments, so that the same files are the same bytes."""
    parts, directory, at = list[bytes](), list[bytes](), 0
    for name, content in files.items():
        told = (20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name), 0)
        local = LOCAL + struct.pack("<5H3I2H", *told) + name.encode()
        directory.append(CENTRAL + struct.pack("<H5H3I5H2I", 20, *told, 0, 0, 0, 0, at) + name.encode())
        parts += [local, content]
        at += len(local) + len(content)
    central = b"".join(directory)
    end = struct.pack("<4H2IH", 0, 0, len(files), len(files), len(central), at, 0)
    return b"".join(parts) + central + END + end


def unzipped(data: bytes) -> dict[str, bytes]:
    """Read an archive that is written in that one way. Raises Refused."""
    need(len(data) <= BYTES_MAX, f"the pack has more than {BYTES_MAX} bytes")
    files, at = dict[str, bytes](), 0
    while data[at : at + 4] == LOCAL:
        need(len(data) >= at + 30, "the archive ends within a file")
        size, length = struct.unpack("<I", data[at + 22 : at + 26])[0], struct.unpack("<H", data[at + 26 : at + 28])[0]
        name = data[at + 30 : at + 30 + length].decode("ascii")
        need(NAME.fullmatch(name), f"{name!r} is no name of a file of a pack")
        need(name not in files, f"{name} is there twice")
        need(len(files) < FILES_MAX, "the archive holds more files than a pack has")
        begin = at + 30 + length
        files[name] = data[begin : begin + size]
        at = begin + size
    need(zipped(files) == data, "the archive is not written as a pack is: bytes were altered, added or left out")
    return files


def canonical(value: Any) -> bytes:
    """JSON in the one way that a pack writes it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _json(files: Mapping[str, bytes], name: str) -> Any:
    need(name in files, f"{name} is missing")
    value = json.loads(files[name])
    need(canonical(value) == files[name], f"{name} is not written as a pack writes JSON")
    return value


# Signatures: RFC 8032 §5.1.7, and the notes of C2SP signed-note

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    c, d = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = right - left, d - c, d + c, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        total = _add(total, point) if scalar & 1 else total
        point, scalar = _add(point, point), scalar >> 1
    return total


def _point(written: bytes) -> Point | None:
    number = int.from_bytes(written, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, signature: bytes, text: bytes) -> bool:
    """Check a signature of Ed25519."""
    if len(public) != 32 or len(signature) != 64 or BASE is None:
        return False
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    said = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    a, b = _times(s, BASE), _add(r, _times(said, key))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _unbased(written: str) -> bytes:
    found = base64.b64decode(written, validate=True)
    need(base64.b64encode(found).decode() == written, "base64 is not written in its one way")
    return found


def _key(vkey: str) -> tuple[str, bytes, bytes]:
    """The name, id and bytes of a public key, NAME+ID+BASE64."""
    name, key_id, encoded = vkey.strip().split("+", 2)
    key = _unbased(encoded)
    need(key[:1] == b"\x01" and len(key) == 33, "--key: this is no public key of Ed25519")
    found = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(found.hex() == key_id, "--key: its id is not that of its bytes")
    return name, found, key[1:]


def _signer(note: bytes, text: str, vkeys: Sequence[str], what: str) -> str | None:
    """Which key signed a note of this very text, with one signature; None where no key was given."""
    start = f"{text}\n— ".encode()
    need(note.startswith(start) and note.endswith(b"\n"), f"{what} is no note of its text with a signature")
    name, _, encoded = note[len(start) : -1].decode().partition(" ")
    need("\n" not in encoded, f"{what} bears more than one signature")
    signature = _unbased(encoded)
    for vkey in vkeys:
        known, key_id, public = _key(vkey)
        if (known, key_id) == (name, signature[:4]):
            need(signed(public, signature[4:], f"{text}".encode()), f"{what}: the signature of {name} is not right")
            return vkey
    need(not vkeys, f"{what}: no key that was given signed it")
    return None


# Proofs: RFC 6962, leaves counted from 0


def leaf(envelope: bytes) -> bytes:
    """The hash of a fact's bytes."""
    return hashlib.sha256(b"\x00" + envelope).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _climb(at: int, last: int, path: Sequence[bytes], old: bytes, new: bytes) -> tuple[bytes, bytes] | None:
    """Follow a path to the root; `old` takes part only in what lies to the left. None: it is too long or too short."""
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = _node(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


def included(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check that a leaf stands at an index of the tree with this root (RFC 9162 §2.1.3.2)."""
    found = _climb(index, size - 1, path, leaf_hash, leaf_hash) if 0 <= index < size else None
    return found is not None and found[1] == root


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Check that a tree begins with the leaves of an earlier one (RFC 9162 §2.1.4.2)."""
    if old == new or not 0 < old < new:
        return old == new and not path and old_root == new_root
    path = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found = _climb(at, last, path[1:], path[0], path[0]) if path else None
    return found == (old_root, new_root)


# What a pack says


class Pack:
    """The files of a pack, read; what was proved and what was not, in words, as it is found."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.manifest = _json(files, "manifest.json")
        self.about, self.versions = self.manifest["about"], self.manifest["versions"]
        self.proved, self.open = list[str](), list[str]()
        self.facts = dict[int, Any]()
        self.hidden = set[int]()
        self.journals = dict[int, Any]()
        self.size, self.cited = 0, set[int]()

    def cite(self, position: Any) -> int:
        """Note that something rests on a fact, which must be in the pack, or its hash."""
        need(type(position) is int and (position in self.facts or position in self.hidden), f"no fact {position} here")
        self.cited.add(position)
        return int(position)


def _check_manifest(pack: Pack, vkeys: Sequence[str]) -> None:
    """Every file is there, once, in order, and is what the manifest says; the manifest is signed."""
    need(pack.manifest["format"] == FORMAT, f"this is no pack of {FORMAT}")
    listed = [(one["name"], one["bytes"], one["sha256"]) for one in pack.manifest["files"]]
    beside = ["manifest.json", *(["manifest.note"] if "manifest.note" in pack.files else [])]
    need([*beside, *sorted(name for name, _, _ in listed)] == list(pack.files), "files are missing, added or moved")
    for name, size, sha256 in listed:
        content = pack.files[name]
        need((len(content), hashlib.sha256(content).hexdigest()) == (size, sha256), f"{name} was altered")
    pack.proved.append(f"{len(listed)} files are those of the manifest, each with its SHA-256")
    if "manifest.note" not in pack.files:
        need(not vkeys, "nobody signed this pack, though a key was given")
        pack.open.append("who made this pack: it is not signed, so figures and receipts are its own word")
        return
    digest = base64.b64encode(hashlib.sha256(pack.files["manifest.json"]).digest()).decode()
    text = f"{FORMAT}\n{pack.manifest['origin']}\n{digest}\n"
    if signer := _signer(pack.files["manifest.note"], text, vkeys, "the manifest"):
        need(signer.startswith(f"{pack.manifest['origin']}+"), "the manifest was signed by a key of another name")
        pack.proved.append(f"the ledger {pack.manifest['origin']} signed the manifest, so every byte: key {signer}")
    else:
        pack.open.append("who signed: no key was given (--key, from whoever keeps the ledger)")


def _check_tree(pack: Pack, vkeys: Sequence[str], root: str | None) -> None:
    """The checkpoint, earlier trees, and that every fact is in the log at its place."""
    note, tree = pack.files["checkpoint.note"], _json(pack.files, "tree.json")
    size, root_hash, origin = tree["size"], bytes.fromhex(tree["root"]), pack.manifest["origin"]
    text = f"{origin}\n{size}\n{base64.b64encode(root_hash).decode()}\n"
    if "manifest.note" in pack.files:
        if _signer(note, text, vkeys, "the checkpoint"):
            pack.proved.append(f"the checkpoint of {size} facts is signed by the same ledger")
    else:
        need(note == text.encode(), "the checkpoint is not that of the tree")
    roots = {size: root_hash}
    for earlier in tree["earlier"]:
        old = bytes.fromhex(earlier["root"])
        path = [bytes.fromhex(one) for one in earlier["path"]]
        need(consistent(earlier["size"], old, size, root_hash, path), "an earlier tree is not a beginning of the log")
        need(earlier["size"] not in roots, "an earlier tree is there twice")
        roots[earlier["size"]] = old
        pack.proved.append(f"the log of {size} facts only added to that of {earlier['size']}, root {earlier['root']}")
    places = [one["position"] for one in tree["facts"]]
    need(places == sorted(set(places)), "the proofs of facts are not in order, each once")
    for one in tree["facts"]:
        path = [bytes.fromhex(step) for step in one["path"]]
        there = included(bytes.fromhex(one["leaf"]), one["position"] - 1, size, path, root_hash)
        need(there, f"fact {one['position']} is not in the log at its place")
    pack.size = max(places, default=0)
    _read_facts(pack, {one["position"]: bytes.fromhex(one["leaf"]) for one in tree["facts"]})
    pack.proved.append(f"{len(pack.facts)} facts, byte for byte, are in that log, each at its position")
    if root is not None:
        _anchor(pack, roots, root)
    elif not vkeys:
        pack.open.append(f"that {tree['root']} is the root of the log: no key and no root was given")
    if (basis := pack.about.get("basis")) is not None:
        need(roots.get(basis["recorded"], b"").hex() == basis["root"], "the basis is not a tree of this log")
        need(pack.size <= basis["recorded"], "a fact was recorded after the basis")


def _anchor(pack: Pack, roots: Mapping[int, bytes], known: str) -> None:
    match = ROOT.fullmatch(known)
    need(match is not None, "--root is SIZE:ROOT, the root in hexadecimal")
    assert match is not None
    size = int(match[1])
    need(roots.get(size, b"").hex() == match[2], f"this is another log than that of {size} facts with root {match[2]}")
    need(pack.size <= size, f"facts after {size} are in the pack: that root says nothing of them")
    pack.proved.append(f"the facts are in the log whose root at {size} facts you know from elsewhere")


def _read_facts(pack: Pack, leaves: Mapping[int, bytes]) -> None:
    lines = pack.files["facts.ndjson"].split(b"\n")
    need(lines.pop() == b"", "facts.ndjson does not end with its last line")
    last = 0
    for line in lines:
        fact = json.loads(line)
        position = fact["position"]
        need(type(position) is int and position > last, "facts are not in the order recorded, each once")
        need(leaves.get(position) == leaf(line), f"fact {position} was altered, or has no proof")
        pack.facts[position], last = fact, position
    pack.hidden = set(leaves) - set(pack.facts)
    need(not pack.hidden or pack.about.get("for"), "facts are left out, and nobody is named for whom")
    if pack.hidden:
        pack.open.append(f"what {len(pack.hidden)} facts of others say: only their hashes are here, for confidence")


def _check_journals(pack: Pack) -> None:
    """Each posting fact has its journal, which balances in every currency and posts on the fact's day."""
    for journal in _json(pack.files, "journals.json"):
        position, sums = journal["position"], dict[str, int]()
        need(position in pack.facts and position not in pack.journals, f"the journal of {position} has no fact, or two")
        need(journal["accounting_on"] == pack.facts[position]["data"].get("accounting_on"), f"{position}: another day")
        need(journal["rules"] == pack.versions["rules"], f"the journal of {position} is of other rules")
        for line in journal["lines"]:
            sums["CNY"] = sums.get("CNY", 0) + _whole(line["amount_minor"])
            if "currency" in line:
                sums[line["currency"]] = sums.get(line["currency"], 0) + _whole(line["foreign_minor"])
        need(not any(sums.values()), f"the journal of fact {position} does not balance")
        pack.journals[position] = journal
    post = {position for position, fact in pack.facts.items() if "accounting_on" in fact["data"]}
    need(list(pack.journals) == sorted(post), "a fact that posts has no journal, or they are out of order")
    if post:
        pack.proved.append(f"{len(post)} journals balance, each posted on the day of its fact")
        rules = f"that rules {pack.versions['rules']} of mcsc-ledger {pack.versions['mcsc-ledger']}"
        pack.open.append(f"{rules} make these lines of these facts: its code says so, and it is open to read")


def _whole(written: str) -> int:
    need(re.fullmatch(r"-?[0-9]+", written), f"{written!r} is no whole number")
    return int(written)


# Figures


def number(written: str | None) -> Fraction:
    """A figure to reckon with: nothing is nought."""
    need(written is None or DECIMAL.fullmatch(written), f"{written!r} is no figure")
    return Fraction(written or 0)


def near(exact: Fraction, written: str | None) -> bool:
    """Whether a figure is an exact one, rounded to the figure's own decimals."""
    places = len((written or "").partition(".")[2])
    return exact == 0 if written is None else abs(exact - number(written)) * 2 * 10**places <= 1


def evaluated(formula: str, sides: Sequence[Fraction]) -> Fraction | None:
    """What a formula makes of the figures beside it; None where it divides by nought, or there is nothing to take."""
    lists: dict[str, Callable[[], Fraction]] = {
        "sum": lambda: sum(sides, Fraction()),
        "even": lambda: sum(sides[::2], Fraction()),
        "odd": lambda: sum(sides[1::2], Fraction()),
        "dot": lambda: sum((a * b for a, b in zip(sides[::2], sides[1::2], strict=True)), Fraction()),
        "median": lambda: Fraction(statistics.median(sides)),
    }

    def value(node: ast.AST) -> Fraction:
        match node:
            case ast.BinOp(left=left, op=sign, right=right):
                return OPERATORS[type(sign)](value(left), value(right))
            case ast.Name(id=name):
                return lists[name]() if name in lists else sides[int(name.removeprefix("s"))]
            case ast.Constant(value=constant):
                return number(str(constant))
        raise Refused(f"{formula!r} is no formula")

    try:
        return value(ast.parse(formula, mode="eval").body)
    except (ZeroDivisionError, statistics.StatisticsError):
        return None


def _check_receipts(pack: Pack) -> None:
    """The receipt of the figure, and of every figure that it is made of, down to facts."""
    listed, root = _json(pack.files, "receipts.json"), (pack.about["report"], pack.about["cell"])
    receipts = {(one["report"], one["cell"]): one for one in listed}
    need(len(receipts) == len(listed) and root == next(iter(receipts), None), "receipts are missing, doubled or moved")
    report = _json(pack.files, "report.json")
    need((report["report"], report["basis"]) == (root[0], pack.about["basis"]), "the report is another one")
    rows = {row["name"]: row["cells"] for row in report["rows"]}
    need(len(rows) == len(report["rows"]) and root[1].rpartition("/")[0] in rows, "the report has other rows")
    reached, waiting, bare = {root}, [root], set[tuple[str, str]]()
    while waiting:
        receipt = receipts[waiting.pop()]
        WAYS[receipt["kind"]](pack, receipt)
        name, _, column = receipt["cell"].rpartition("/")
        if receipt["report"] == root[0] and receipt["kind"] != "open" and name in rows:
            need(rows[name][column] == receipt["figure"], f"the report does not show {receipt['figure']} at {name}")
        for part in receipt.get("parts", ()):
            key = part["report"], part["cell"]
            if key not in receipts:
                bare.add(key)
                continue
            # Where a part's receipt holds words, such as a date, the part counts it, or the days to it.
            if receipts[key]["unit"] is not None and receipts[key]["kind"] != "open":
                need(
                    near(number(part["figure"]), receipts[key]["figure"]), f"{key[1]}: its receipt is of another figure"
                )
            waiting += [key] if key not in reached else []
            reached.add(key)
    need(reached == set(receipts), "a receipt is here that nothing is made of")
    kinds = [one["kind"] for one in listed]
    pack.proved.append(f"{root[0]} {root[1]} is {receipts[root]['figure']}: {len(kinds)} receipts, and each sums")
    if bare:
        pack.open.append(f"{len(bare)} parts that are counted, or belong to others: their receipts are not here")
    if "open" in kinds:
        pack.open.append(f"{kinds.count('open')} parts: the facts behind them are here, and not how they make them")
    if {"facts", "words"} & set(kinds):
        pack.open.append("by how much a fact without a journal moves a figure: the ledger worked that out")
    pack.open.append("that no other fact bears on the figure: that takes the whole log")


def _formula(pack: Pack, receipt: Any) -> None:
    value = evaluated(receipt["formula"], [number(part["figure"]) for part in receipt["parts"]])
    same = receipt["figure"] is None if value is None else near(value, receipt["figure"])
    need(same, f"{receipt['cell']} is not {receipt['figure']} by {receipt['formula']}")


def _shares(pack: Pack, receipt: Any) -> Iterator[tuple[int, Any]]:
    """The shares of a receipt, in order, each with its fact in the pack."""
    last = 0
    for share in receipt["shares"]:
        position = pack.cite(share["position"])
        need(position > last, f"shares of {receipt['cell']} are not in order, each once")
        if position in pack.facts:
            need(pack.facts[position]["data"]["fact"] == share["fact"], f"fact {position} is another kind of fact")
        last = position
        yield position, share


def _posted(pack: Pack, receipt: Any) -> None:
    """Each share is lines of the fact's journal, on the accounts named (sign 0: each counts 1); they sum to the figure."""
    total, sign = Fraction(), receipt["sign"]
    need(sign in (-1, 0, 1), f"{receipt['cell']}: shares are lines, taken or taken off")
    for position, share in _shares(pack, receipt):
        total += number(share["share"])
        if position in pack.facts:
            lines, chosen = pack.journals[position]["lines"], share["lines"]
            need(chosen and chosen == sorted(set(chosen)) and chosen[0] >= 0, f"lines of {position} are not in order")
            need(all(lines[at]["account"] in receipt["accounts"] for at in chosen), f"{position}: another account")
            amount = Fraction(sign * sum(_whole(lines[at]["amount_minor"]) for at in chosen), 100) if sign else 1
            need(amount == number(share["share"]), f"the share of fact {position} is not its lines")
    need(total == number(receipt["figure"]), f"the shares of {receipt['cell']} do not sum to {receipt['figure']}")


def _facts(pack: Pack, receipt: Any) -> None:
    """Each share is by how much the figure moved when its fact was recorded; they sum to it."""
    total = Fraction()
    for position, share in _shares(pack, receipt):
        total += number(share["share"])
        need("after" not in share or total == number(share["after"]), f"fact {position} does not lead to its figure")
    need(total == number(receipt["figure"]), f"the shares of {receipt['cell']} do not sum to {receipt['figure']}")


def _words(pack: Pack, receipt: Any) -> None:
    shares = [share for _, share in _shares(pack, receipt)]
    said = shares[-1]["after"] if shares else None
    need(said == receipt["figure"], f"{receipt['cell']} does not say what its last fact made it say")


def _open(pack: Pack, receipt: Any) -> None:
    for position in receipt["facts"]:
        pack.cite(position)


WAYS = {"formula": _formula, "posted": _posted, "facts": _facts, "words": _words, "open": _open}


# A fact, a month


def _check_fact(pack: Pack) -> None:
    position = pack.cite(pack.about["position"])
    pack.proved.append(f"fact {position}, {pack.facts[position]['data']['fact']}, was recorded")
    pack.open.append("that what it says is true: it was recorded, by whom it names, and not altered since")


def _check_close(pack: Pack) -> None:
    """A month's balances are those of the month before and all that was posted to it; the close says how many facts."""
    month, position = pack.about["month"], pack.cite(pack.about["position"])
    close, before = pack.facts[position]["data"], dict[str, int]()
    need((close["fact"], close["month"]) == ("period.closed", month), f"fact {position} did not close {month}")
    if pack.about["previous"] is not None:
        earlier = pack.facts[pack.cite(pack.about["previous"])]["data"]
        need(earlier["fact"] == "period.closed" and earlier["month"] == _before(month), "another month comes before")
        before = {one["account"]: one["balance_minor"] for one in earlier["balances"]}
    for at, journal in pack.journals.items():
        need(journal["accounting_on"].startswith(f"{month}-") and at < position, f"fact {at} did not post to {month}")
        pack.cited.add(at)
        for line in journal["lines"]:
            before[line["account"]] = before.get(line["account"], 0) + _whole(line["amount_minor"])
    need(
        len(pack.journals) == close["entries"], f"{close['entries']} facts posted to {month}, and not so many are here"
    )
    balances = {one["account"]: one["balance_minor"] for one in close["balances"]}
    need({name: amount for name, amount in before.items() if amount} == balances, "the balances are not its postings")
    text = "".join(f"{one['account']},{one['balance_minor']}\n" for one in close["balances"])
    need(hashlib.sha256(text.encode()).hexdigest() == close["trial_balance_sha256"], "the balances have another hash")
    for tie in close["tie_outs"]:
        control = balances.get(tie["account"], 0)
        need(tie["control_minor"] == tie["subledger_minor"] == control, f"{tie['account']} does not tie out")
    pack.proved.append(f"{month} closed on {len(balances)} balances: all {close['entries']} postings lead to them")
    pack.open.append(
        "the balances that the month before closed on: its own pack proves them"
        if pack.about["previous"] is not None
        else "that nothing was posted before this month"
    )


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04}-{number - 1 or 12:02}"


ABOUT: dict[str, Callable[[Pack], None]] = {"figure": _check_receipts, "fact": _check_fact, "close": _check_close}


def check(data: bytes, vkeys: Sequence[str] = (), root: str | None = None) -> tuple[list[str], list[str]]:
    """Check a pack: what it proves, and what it does not. Raises Refused."""
    try:
        pack = Pack(unzipped(data))
        _check_manifest(pack, vkeys)
        _check_tree(pack, vkeys, root)
        _check_journals(pack)
        ABOUT[pack.about["kind"]](pack)
        need(pack.cited == set(pack.facts) | pack.hidden, "a fact is here that nothing rests on")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, struct.error) as error:
        raise Refused(f"it cannot be read: {type(error).__name__}: {error}") from error
    return pack.proved, pack.open


def main(words: Sequence[str]) -> int:
    """Check the pack that is named; say what it proved."""
    options: dict[str, list[str]] = {"--key": [], "--root": [], "": []}
    rest = iter(words)
    for word in rest:
        options[word if word in options else ""].append(next(rest, "") if word in options else word)
    if len(options[""]) != 1 or len(options["--root"]) > 1:
        sys.stdout.write(f"{(__doc__ or '').splitlines()[0]}\n")
        return 1
    try:
        with open(options[""][0], "rb") as file:
            proved, left = check(file.read(BYTES_MAX + 1), options["--key"], next(iter(options["--root"]), None))
    except (OSError, Refused) as error:
        sys.stdout.write(f"REFUSED: {error}\n")
        return 1
    sys.stdout.write("".join(f"proved      {line}\n" for line in proved))
    sys.stdout.write("".join(f"NOT proved  {line}\n" for line in left))
    sys.stdout.write("Every check passed.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
