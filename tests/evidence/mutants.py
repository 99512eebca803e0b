"""What somebody might do to a pack: seeded mutants, each different from what the ledger gave.

ALTERED    what is altered, by name; each changes the files of a pack in place, by chance
mutant     one of them, put together again in one of the ways that are open to whoever has not the key
"""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from api.evidence import check
from tests.evidence.packs import FORGER, SIGNER, opened, sealed

Files = dict[str, Any]


class NothingToAlter(Exception):
    """This pack has nothing of that kind."""


def _some(chance: Random, of: Sequence[Any]) -> Any:
    if not of:
        raise NothingToAlter
    return chance.choice(of)


def _moved(figure: str | None, by: int) -> str:
    """A figure that is another one, with as many decimals."""
    places = len((figure or "0").partition(".")[2])
    return f"{Decimal(figure or 0) + by * Decimal(1).scaleb(-places):.{places}f}"


def _shares(files: Files) -> list[Any]:
    return [
        receipt
        for receipt in files.get("receipts.json", ())
        if any("share" in one for one in receipt.get("shares", ()))
    ]


def omitted(chance: Random, files: Files, _other: Files) -> None:
    """A fact is left out; sometimes with its proof, its journal and its shares."""
    line = _some(chance, files["facts.ndjson"])
    position = json.loads(line)["position"]
    files["facts.ndjson"].remove(line)
    if chance.random() < 0.7:
        files["tree.json"]["facts"] = [one for one in files["tree.json"]["facts"] if one["position"] != position]
        files["journals.json"] = [one for one in files["journals.json"] if one["position"] != position]
        for receipt in files.get("receipts.json", ()):
            if "shares" in receipt:
                receipt["shares"] = [one for one in receipt["shares"] if one["position"] != position]


def reordered(chance: Random, files: Files, _other: Files) -> None:
    """Two things change places: facts, proofs, journals or receipts."""
    lists = [files["facts.ndjson"], files["tree.json"]["facts"], files["journals.json"], files.get("receipts.json", [])]
    some = _some(chance, [one for one in lists if len(one) > 1])
    at, to = chance.sample(range(len(some)), 2)
    some[at], some[to] = some[to], some[at]


def doubled(chance: Random, files: Files, _other: Files) -> None:
    """Something is there twice."""
    lists = [files["facts.ndjson"], files["tree.json"]["facts"], files["journals.json"], files.get("receipts.json", [])]
    some = _some(chance, [one for one in lists if one])
    some.append(chance.choice(some))


def swapped(chance: Random, files: Files, other: Files) -> None:
    """A file comes from another pack."""
    name = _some(chance, [name for name in files if name in other and files[name] != other[name]])
    files[name] = other[name]


def compensated(chance: Random, files: Files, _other: Files) -> None:
    """A share is changed, and another one back."""
    receipt = _some(chance, [one for one in _shares(files) if len(one["shares"]) > 1])
    one, two = chance.sample(list(receipt["shares"]), 2)
    by = chance.choice((1, -1, 100, 12345))
    one["share"], two["share"] = _moved(one.get("share"), by), _moved(two.get("share"), -by)


def refigured(chance: Random, files: Files, _other: Files) -> None:
    """The figure is another one, in the report and in its receipt, and a share or a part with it."""
    if "receipts.json" not in files:
        raise NothingToAlter
    receipt, by = files["receipts.json"][0], chance.choice((1, -1, 100000))
    row, _, column = receipt["cell"].rpartition("/")
    receipt["figure"] = _moved(receipt["figure"], by) if receipt["unit"] else f"{receipt['figure']}x"
    for one in files["report.json"]["rows"]:
        if one["name"] == row:
            one["cells"][column] = receipt["figure"]
    of = receipt.get("shares") or receipt.get("parts") or []
    if of and receipt["unit"]:
        field = "share" if "shares" in receipt else "figure"
        of[-1][field] = _moved(of[-1].get(field), by)
    elif of:
        of[-1]["after"] = receipt["figure"]


def reposted(chance: Random, files: Files, _other: Files) -> None:
    """A line of a journal moves to another account, or two lines change their amounts."""
    lines = _some(chance, [one["lines"] for one in files["journals.json"] if len(one["lines"]) > 1])
    one, two = chance.sample(lines, 2)
    if chance.random() < 0.5:
        one["account"] = "bank" if one["account"] != "bank" else "equity"
    else:
        by = chance.choice((1, 100, -100))
        one["amount_minor"], two["amount_minor"] = _moved(one["amount_minor"], by), _moved(two["amount_minor"], -by)


def rebased(chance: Random, files: Files, _other: Files) -> None:
    """The basis is another one, in the manifest and in the report."""
    if "report.json" not in files:
        raise NothingToAlter
    change = chance.choice(({"effective": "2026-05-31"}, {"recorded": 5000}, {"root": "ab" * 32}, {"zone": "+01:00"}))
    files["manifest.json"]["about"]["basis"] = files["report.json"]["basis"] = files["report.json"]["basis"] | change


def disproved(chance: Random, files: Files, _other: Files) -> None:
    """A hash of a proof, a leaf or a root is another one, or a place is."""
    tree = files["tree.json"]
    one = _some(chance, [*tree["facts"], *tree["earlier"], tree])
    kind = chance.choice(("path", "leaf", "root", "position", "size"))
    if kind == "path" and one.get("path"):
        one["path"][chance.randrange(len(one["path"]))] = chance.randbytes(32).hex()
    elif kind in ("leaf", "root") and kind in one:
        one[kind] = chance.randbytes(32).hex()
    elif kind in one:
        one[kind] += chance.choice((1, -1))
    else:
        raise NothingToAlter


def renamed(chance: Random, files: Files, _other: Files) -> None:
    """It says to be about something else, by another command, of another version."""
    manifest = files["manifest.json"]
    change = chance.choice(
        (
            ("about", "cell"),
            ("about", "month"),
            ("about", "position"),
            ("versions", "rules"),
            ("versions", "mcsc-ledger"),
        )
    )
    where = manifest[change[0]]
    if change[1] not in where:
        raise NothingToAlter
    where[change[1]] = where[change[1]] + 1 if isinstance(where[change[1]], int) else f"{where[change[1]]}0"


def rewritten(chance: Random, files: Files, _other: Files) -> None:
    """A fact says something else, and its leaf is that of the new words."""
    at = _some(chance, range(len(files["facts.ndjson"])))
    line = files["facts.ndjson"][at].replace(b'"actor":"', b'"actor":"x', 1)
    position, files["facts.ndjson"][at] = json.loads(line)["position"], line
    for one in files["tree.json"]["facts"]:
        if one["position"] == position:
            one["leaf"] = check._hash(check.LEAF, line[:-1]).hex()


def replaced(chance: Random, files: Files, _other: Files) -> None:
    """The README, or the checker that is in the pack, is another one."""
    files[chance.choice(("README.txt", "check.py"))] += b"\n# trust me\n"


Altering = Callable[[Random, Files, Files], None]
ALTERED: Mapping[str, Altering] = {
    one.__name__: one
    for one in (
        *(omitted, reordered, doubled, swapped, compensated, refigured, reposted, rebased),
        *(disproved, renamed, rewritten, replaced),
    )
}


def _byte(chance: Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def _archive(chance: Random, data: bytes, other: bytes) -> bytes:
    """The archive itself: files in another order, twice, more or fewer; bytes before, after or gone."""
    files = check.unzipped(data)
    names = list(files)
    match chance.randrange(6):
        case 0:
            at, to = chance.sample(range(len(names)), 2)
            names[at], names[to] = names[to], names[at]
            return check.zipped({name: files[name] for name in names})
        case 1:
            del files[chance.choice(names)]
            return check.zipped(files)
        case 2:
            return check.zipped(files | {chance.choice(("more.txt", "../x.txt", "/x.py", "x.exe")): b"more"})
        case 3:
            return data + chance.randbytes(chance.randrange(1, 40))
        case 4:
            return data[: chance.randrange(len(data))]
        case _:
            name = chance.choice([name for name in names if files[name] != check.unzipped(other).get(name)])
            return check.zipped(files | {name: check.unzipped(other).get(name, b"")})


def mutant(chance: Random, packs: Sequence[bytes]) -> tuple[str, bytes]:
    """What was done, and what came of it: never one of the packs."""
    while True:
        data, other = chance.sample(packs, 2)
        kind = chance.choice(["byte", "byte", "byte", "archive", "resigned", *ALTERED])
        try:
            made = _made(chance, kind, data, other)
        except NothingToAlter:
            continue
        if made not in packs:
            return kind, made


def _made(chance: Random, kind: str, data: bytes, other: bytes) -> bytes:
    if kind == "byte":
        return _byte(chance, data)
    if kind == "archive":
        return _archive(chance, data, other)
    files = opened(data)
    if kind == "resigned":
        return sealed(files, FORGER)
    ALTERED[kind](chance, files, opened(other))
    note = files.get("manifest.note")
    how = chance.choice(("forged", "as signed", "unsigned", "of the other"))
    if how == "forged":
        return sealed(files, FORGER)
    return sealed(files, None, note={"as signed": note, "of the other": opened(other)["manifest.note"]}.get(how))


assert SIGNER != FORGER
