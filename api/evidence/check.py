"""Check an evidence pack offline, with nothing but Python: `python3 check.py pack.zip [--key VKEY] [--root SIZE:ROOT]`.

The format is docs/evidence-pack.md. Exit codes: 0 every check passed, 1 refused. `--key`: the public key of the ledger,
from whoever keeps it and never from the pack; `--root`: a size of the log and its root that you know from elsewhere.
check: a pack's bytes -> what they prove, and what not; zipped, signed (RFC 8032), included, consistent (RFC 6962)
"""

import argparse
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

FORMAT, ANOTHERS, WORDS = "mcsc-evidence/1", "(another's)", ("words", "open")
BYTES_MAX, FILES_MAX = 1 << 28, 16
NAME = re.compile(r"[A-Za-z][a-zA-Z-]{0,30}\.(json|ndjson|note|txt|py)")
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
DECIMALS = {"JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}
LEAF, NODE, LOCAL, CENTRAL, END = b"\x00", b"\x01", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
OPERATORS: Any = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class Refused(Exception):
    """The pack does not hold what it says; the message says where."""


def need(holds: object, words: str) -> None:
    """Raise Refused unless it holds."""
    if not holds:
        raise Refused(words)


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
        size, length = struct.unpack("<I", data[at + 22 : at + 26])[0], struct.unpack("<H", data[at + 26 : at + 28])[0]
        name = data[at + 30 : at + 30 + length].decode("ascii")
        need(NAME.fullmatch(name) and name not in files, f"{name!r} is there twice, or no file of a pack")
        need(len(files) < FILES_MAX, "the archive holds more files than a pack has")
        begin = at + 30 + length
        files[name], at = data[begin : begin + size], begin + size
    need(zipped(files) == data, "the archive is not written as a pack is: bytes were altered, added or left out")
    return files


def canonical(value: Any) -> bytes:
    """JSON in the one way that a pack writes it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _json(files: Mapping[str, bytes], name: str) -> Any:
    value = json.loads(files[name])
    need(canonical(value) == files[name], f"{name} is not written as a pack writes JSON")
    return value


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
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
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or BASE is None or s >= L or len(public) + len(signature) != 96:
        return False
    said = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    a, b = _times(s, BASE), _add(r, _times(said, key))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _unbased(written: str) -> bytes:
    found = base64.b64decode(written, validate=True)
    need(base64.b64encode(found).decode() == written, "base64 is not written in its one way")
    return found


def _signer(note: bytes, text: str, vkeys: Sequence[str], what: str) -> str | None:
    start = f"{text}\n— ".encode()
    need(note.startswith(start) and note.endswith(b"\n"), f"{what} is no note of its text with a signature")
    name, _, encoded = note[len(start) : -1].decode().partition(" ")
    need("\n" not in encoded, f"{what} bears more than one signature")
    signature = _unbased(encoded)
    for vkey in vkeys:
        known, key_id, encoded = vkey.strip().split("+", 2)
        public = _unbased(encoded)
        need(public[:1] == b"\x01" and len(public) == 33, "--key: this is no public key of Ed25519")
        need(_hash(known.encode(), b"\n", public)[:4].hex() == key_id, "--key: its id is not that of its bytes")
        if (known, bytes.fromhex(key_id)) == (name, signature[:4]):
            need(signed(public[1:], signature[4:], text.encode()), f"{what}: the signature of {name} is not right")
            return vkey
    need(not vkeys, f"{what}: no key that was given signed it")
    return None


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _climb(at: int, last: int, path: Sequence[bytes], old: bytes, new: bytes) -> tuple[bytes, bytes] | None:
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = _hash(NODE, sibling, old), _hash(NODE, sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = _hash(NODE, new, sibling)
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
    return bool(path) and _climb(at, last, path[1:], path[0], path[0]) == (old_root, new_root)


class Pack:
    """The files of a pack, read; what was proved and what was not, in words, as it is found."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files, self.manifest = files, _json(files, "manifest.json")
        self.about, self.versions = self.manifest["about"], self.manifest["versions"]
        self.facts, self.journals, self.size = dict[int, Any](), dict[int, Any](), 0
        self.hidden, self.cited, self.proved, self.open = set[int](), set[int](), list[str](), list[str]()

    def cite(self, position: Any) -> int:
        """Note that something rests on a fact, which must be in the pack, or its hash."""
        need(type(position) is int and (position in self.facts or position in self.hidden), f"no fact {position} here")
        self.cited.add(position)
        return int(position)


def _check_manifest(pack: Pack, vkeys: Sequence[str]) -> None:
    need(pack.manifest["format"] == FORMAT, f"this is no pack of {FORMAT}")
    listed = [(one["name"], one["bytes"], one["sha256"]) for one in pack.manifest["files"]]
    beside = ["manifest.json", *(["manifest.note"] if "manifest.note" in pack.files else [])]
    need([*beside, *sorted(name for name, _, _ in listed)] == list(pack.files), "files are missing, added or moved")
    for name, size, sha256 in listed:
        need((len(pack.files[name]), _hash(pack.files[name]).hex()) == (size, sha256), f"{name} was altered")
    pack.proved.append(f"{len(listed)} files are those of the manifest, each with its SHA-256")
    if "manifest.note" not in pack.files:
        need(not vkeys, "nobody signed this pack, though a key was given")
        pack.open.append("who made this pack: it is not signed, so figures and receipts are its own word")
        return
    digest, origin = base64.b64encode(_hash(pack.files["manifest.json"])).decode(), pack.manifest["origin"]
    if signer := _signer(pack.files["manifest.note"], f"{FORMAT}\n{origin}\n{digest}\n", vkeys, "the manifest"):
        need(signer.startswith(f"{origin}+"), "the manifest was signed by a key of another name")
        pack.proved.append(f"the ledger {origin} signed the manifest, so every byte: key {signer}")
    else:
        pack.open.append("who signed: no key was given (--key, from whoever keeps the ledger)")


def _check_tree(pack: Pack, vkeys: Sequence[str], root: str | None) -> None:
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
        old, path = bytes.fromhex(earlier["root"]), [bytes.fromhex(one) for one in earlier["path"]]
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
        known = int(root.partition(":")[0])  # of SIZE:ROOT
        need(root == f"{known}:{roots.get(known, b'').hex()}", "this is another log than that of the root given")
        need(pack.size <= known, f"facts after {known} are in the pack: the root given says nothing of them")
        pack.proved.append(f"the facts are in the log whose root at {known} facts you know from elsewhere")
    elif not vkeys:
        pack.open.append(f"that {tree['root']} is the root of the log: no key and no root was given")
    if (basis := pack.about.get("basis")) is not None:
        need(roots.get(basis["recorded"], b"").hex() == basis["root"], "the basis is not a tree of this log")
        need(pack.size <= basis["recorded"], "a fact was recorded after the basis")


def _read_facts(pack: Pack, leaves: Mapping[int, bytes]) -> None:
    lines, last = pack.files["facts.ndjson"].split(b"\n"), 0
    need(lines.pop() == b"", "facts.ndjson does not end with its last line")
    for line in lines:
        position = (fact := json.loads(line))["position"]
        need(type(position) is int and position > last, "facts are not in the order recorded, each once")
        need(leaves.get(position) == _hash(LEAF, line), f"fact {position} was altered, or has no proof")
        pack.facts[position], last = fact, position
    pack.hidden = set(leaves) - set(pack.facts)
    need(not pack.hidden or pack.about.get("for"), "facts are left out, and nobody is named for whom")
    if pack.hidden:
        pack.open.append(f"what {len(pack.hidden)} facts of others say: only their hashes are here, for confidence")


def _check_journals(pack: Pack) -> None:
    for journal in _json(pack.files, "journals.json"):
        position, sums = journal["position"], dict[Any, Fraction]()
        need(position in pack.facts and position not in pack.journals, f"the journal of {position} has no fact, or two")
        told = pack.facts[position]["data"].get("accounting_on"), pack.versions["rules"]
        need((journal["accounting_on"], journal["rules"]) == told, f"journal {position} is of another day or rules")
        for line in journal["lines"]:
            for currency, amount in (("CNY", "amount_minor"), (line.get("currency"), "foreign_minor")):
                sums[currency] = sums.get(currency, Fraction()) + (_number(line[amount]) if currency else 0)
        money = [line.get("currency") for line in journal["lines"] if line["account"] == "bank"]
        inside = {line["account"] for line in journal["lines"]} <= {"bank", "exchange"}
        exchanged = inside and len(set(money)) == len(money) == 2  # then only CNY balances
        need(not (sums["CNY"] if exchanged else any(sums.values())), f"the journal of fact {position} does not balance")
        pack.journals[position] = journal
    post = {position for position, fact in pack.facts.items() if "accounting_on" in fact["data"]}
    need(list(pack.journals) == sorted(post), "a fact that posts has no journal, or they are out of order")
    if post:
        pack.proved.append(f"{len(post)} journals balance, each posted on the day of its fact")
        pack.open.append(f"that rules {pack.versions['rules']} of the ledger make these lines: its code is open")


def _number(written: str | None) -> Fraction:
    need(written is None or DECIMAL.fullmatch(written), f"{written!r} is no figure")
    return Fraction(int(written)) if written and "." not in written else Fraction(written or 0)


def _near(exact: Fraction, said: str | None) -> bool:
    return not exact if said is None else abs(exact - _number(said)) * 2 * 10 ** len(said.partition(".")[2]) <= 1


def _evaluated(formula: str, sides: Sequence[Fraction]) -> Fraction | None:
    """Evaluate a formula over the figures beside it; None where it divides by nought, or there is nothing to take."""
    pairs = zip(sides[::2], sides[1::2], strict=False)
    names = {"even": sum(sides[::2], Fraction()), "odd": sum(sides[1::2], Fraction()), "sum": sum(sides, Fraction())}
    names |= {"dot": sum((a * b for a, b in pairs), Fraction())} | {f"s{at}": side for at, side in enumerate(sides)}

    def value(node: ast.AST) -> Fraction:
        match node:
            case ast.BinOp(left=left, op=sign, right=right):
                return Fraction(OPERATORS[type(sign)](value(left), value(right)))
            case ast.Call(func=ast.Name(id="max"), args=[one, other], keywords=[]):
                return max(value(one), value(other))
            case ast.Call(func=ast.Name(id="share"), args=[whole, ast.Constant(value=int(at)), *weights], keywords=[]):
                return _split(value(whole), at, [value(weight) for weight in weights])
            case ast.Name(id=name):
                return Fraction(statistics.median(sides)) if name == "median" else names[name]
            case ast.Constant(value=constant):
                return _number(str(constant))
        raise Refused(f"{formula!r} is no formula")

    try:
        return value(ast.parse(formula, mode="eval").body)
    except (ZeroDivisionError, statistics.StatisticsError):
        return None


def _check_receipts(pack: Pack) -> None:
    listed, root = _json(pack.files, "receipts.json"), (pack.about["report"], pack.about["cell"])
    receipts = {(one["report"], one["cell"]): one for one in listed}
    need(len(receipts) == len(listed) and root == next(iter(receipts), None), "receipts are missing, doubled or moved")
    report = _json(pack.files, "report.json")
    need((report["report"], report["basis"]) == (root[0], pack.about["basis"]), "the report is another one")
    rows = {row["name"]: row["cells"] for row in report["rows"]}
    need(len(rows) == len(report["rows"]) and root[1].rpartition("/")[0] in rows, "the report has other rows")
    reached, waiting, bare = {root}, [root], list[str]()
    while waiting:
        receipt = receipts[waiting.pop()]
        need((receipt["kind"] in WORDS) == (receipt["unit"] is None), f"{receipt['cell']}: is it words, or a figure?")
        WAYS[receipt["kind"]](pack, receipt)
        name, _, column = receipt["cell"].rpartition("/")
        if receipt["report"] == root[0] and receipt["kind"] != "open" and name in rows:
            need(rows[name][column] == receipt["figure"], f"the report does not show {receipt['figure']} at {name}")
        for part in receipt.get("parts", ()):
            key = part["report"], part["cell"]
            if key not in receipts:
                need(pack.about.get("for") if key[1] == ANOTHERS else part["figure"] == "1", f"{key[1]} has no receipt")
                bare.append(key[1])
                continue
            if receipts[key]["unit"] is not None and receipts[key]["kind"] != "open":
                need(_near(_number(part["figure"]), receipts[key]["figure"]), f"the receipt of {key[1]} differs")
            waiting += [key] if key not in reached else []
            reached.add(key)
    need(reached == set(receipts), "a receipt is here that nothing is made of")
    kinds = [one["kind"] for one in listed]
    pack.proved.append(f"{root[0]} {root[1]} is {receipts[root]['figure']}: {len(kinds)} receipts, and each sums")
    if bare:
        pack.open.append(f"{len(bare)} parts that count 1 each, or belong to others: their receipts are not here")
    if is_open := kinds.count("open"):
        pack.open.append(f"{is_open} parts: the facts behind them are here, and not how they make them")
    said = {one["formula"] for told in listed for one in (told, *told.get("shares", ())) if "formula" in one}
    if ways := sorted(said - {"sum"}):
        pack.open.append(f"that the report's rules are these: {'; '.join(ways)}")
    if {"facts", "words"} & {*kinds}:
        pack.open.append("by how much a fact without a journal moves a figure: the ledger worked that out")
    pack.open.append("that no other fact bears on the figure: that takes the whole log")


def _split(whole: Fraction, at: int, weights: Sequence[Fraction]) -> Fraction:
    """The share of one weight in hundredths: floors first, then one each to the largest fractions left over."""
    exact = [abs(whole) * 100 * weight / sum(weights) for weight in weights]
    first = sorted(range(len(exact)), key=lambda one: exact[one] // 1 - exact[one])
    more = first[: int(abs(whole) * 100 - sum(one // 1 for one in exact))]
    return Fraction(exact[at] // 1 + (at in more), 100 if whole >= 0 else -100)


def _formula(pack: Pack, receipt: Any) -> None:
    value = _evaluated(receipt["formula"], [_number(part["figure"]) for part in receipt["parts"]])
    same = receipt["figure"] is None if value is None else _near(value, receipt["figure"])
    need(same, f"{receipt['cell']} is not {receipt['figure']} by {receipt['formula']}")


def _shares(pack: Pack, receipt: Any) -> Iterator[tuple[int, Any]]:
    last = 0
    for share in receipt["shares"]:
        need((position := pack.cite(share["position"])) > last, f"shares of {receipt['cell']} are not in order")
        known = position not in pack.facts or pack.facts[position]["data"]["fact"] == share["fact"]
        need(known, f"fact {position} is another kind of fact")
        last = position
        yield position, share


def _posted(pack: Pack, receipt: Any) -> None:
    """Each share is lines of the fact's journal, on accounts that are named (sign 0: each counts 1)."""
    total, sign, unit = Fraction(), receipt["sign"], receipt["unit"]
    amount, ones = ("amount_minor", 100) if unit == "CNY" else ("foreign_minor", 10 ** DECIMALS.get(unit, 2))
    need(sign in (-1, 0, 1), f"{receipt['cell']}: shares are lines, taken or taken off")
    for position, share in _shares(pack, receipt):
        total += _number(share["share"])
        if position in pack.facts:
            lines, chosen = pack.journals[position]["lines"], share["lines"]
            need(chosen and chosen == sorted(set(chosen)) and chosen[0] >= 0, f"lines of {position} are not in order")
            need({lines[at]["account"] for at in chosen} <= {*receipt["accounts"]}, f"{position}: another account")
            money = {unit} if unit == "CNY" or not sign else {lines[at].get("currency") for at in chosen}
            need(money == {unit}, f"lines of {position} are not in {unit}")
            made = Fraction(sign * sum(_number(lines[at][amount]) for at in chosen), ones) if sign else Fraction(1)
            same = made == _number(share["share"])
            if "formula" in share:  # it is a part of them
                part = _evaluated(share["formula"], [_number(lines[at][name]) for at, name in share["of"]])
                same = part is not None and _near(sign * part / ones, share["share"])
            need(same, f"the share of fact {position} is not its lines")
    need(total == _number(receipt["figure"]), f"the shares of {receipt['cell']} do not sum to {receipt['figure']}")


def _facts(pack: Pack, receipt: Any) -> None:
    """Each share is by how much the figure moved when its fact was recorded; they sum to it, or say it in words."""
    total, after = Fraction(), None
    for position, share in _shares(pack, receipt):
        total, after = total + _number(share.get("share")), share.get("after")
        same = receipt["kind"] == "words" or after is None or total == _number(after)
        need(same, f"fact {position} does not lead to its figure")
    ties = after == receipt["figure"] if receipt["kind"] == "words" else total == _number(receipt["figure"])
    need(ties, f"the shares of {receipt['cell']} do not come to {receipt['figure']}")


WAYS: Any = {"formula": _formula, "posted": _posted, "facts": _facts, "words": _facts}
WAYS["open"] = lambda pack, receipt: [pack.cite(position) for position in receipt["facts"]]


def _check_fact(pack: Pack) -> None:
    position = pack.cite(pack.about["position"])
    pack.proved.append(f"fact {position}, {pack.facts[position]['data']['fact']}, was recorded, and not altered since")
    pack.open.append("that what it says is true")


def _check_close(pack: Pack) -> None:
    """A month's balances are those of the month before and all that was posted to it; the close says how many facts."""
    month, position = pack.about["month"], pack.cite(pack.about["position"])
    close, before = pack.facts[position]["data"], dict[str, Fraction]()
    need((close["fact"], close["month"]) == ("period.closed", month), f"fact {position} did not close {month}")
    if pack.about["previous"] is not None:
        earlier = pack.facts[pack.cite(pack.about["previous"])]["data"]
        months = [12 * int(one["month"][:4]) + int(one["month"][5:]) for one in (earlier, close)]
        need(earlier["fact"] == "period.closed" and months[1] - months[0] == 1, "another month comes before")
        before = {one["account"]: Fraction(one["balance_minor"]) for one in earlier["balances"]}
    for at, journal in pack.journals.items():
        need(journal["accounting_on"].startswith(f"{month}-") and at < position, f"fact {at} did not post to {month}")
        pack.cited.add(at)
        for line in journal["lines"]:
            before[line["account"]] = before.get(line["account"], Fraction()) + _number(line["amount_minor"])
    need(len(pack.journals) == (entries := close["entries"]), f"{entries} posted to {month}, and not so many are here")
    balances = {one["account"]: one["balance_minor"] for one in close["balances"]}
    need({name: amount for name, amount in before.items() if amount} == balances, "the balances are not its postings")
    text = "".join(f"{one['account']},{one['balance_minor']}\n" for one in close["balances"])
    need(hashlib.sha256(text.encode()).hexdigest() == close["trial_balance_sha256"], "the balances have another hash")
    for tie in close["tie_outs"]:
        control = balances.get(tie["account"], 0)
        need(tie["control_minor"] == tie["subledger_minor"] == control, f"{tie['account']} does not tie out")
    pack.proved.append(f"{month} closed on {len(balances)} balances: all {entries} postings lead to them")
    pack.open.append("the month before: its own pack does" if pack.about["previous"] else "that nothing posted earlier")


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
    parser = argparse.ArgumentParser(prog="check.py", description="Check an evidence pack offline.")
    parser.add_argument("pack")
    parser.add_argument("--key", action="append", default=[], help="a public key of the ledger: NAME+ID+BASE64")
    parser.add_argument("--root", help="SIZE:ROOT, in hexadecimal: a root of the log that you know")
    asked = parser.parse_args(words)
    try:
        with open(asked.pack, "rb") as file:
            proved, left = check(file.read(BYTES_MAX + 1), asked.key, asked.root)
    except (OSError, Refused) as error:
        return sys.stdout.write(f"REFUSED: {error}\n") and 1
    lines = [*(f"proved      {line}" for line in proved), *(f"NOT proved  {line}" for line in left)]
    sys.stdout.write("\n".join([*lines, "Every check passed.\n"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
