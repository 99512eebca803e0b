"""A pack's README, in plain words: what it is about, how it is checked, what a check does not tell."""

from collections.abc import Mapping
from typing import Any

TEXT = """\
EVIDENCE PACK {origin}

About: {about}
Made by: {command}
The same command gives the same bytes again, while the ledger has the same key and the same version.

How to check it
1. Take check.py from whoever you trust to have it (it is also in the ledger's source, api/evidence/check.py),
   rather than the copy in this pack. It is one file and needs nothing but Python 3.11; it reads no network.
2. Get the ledger's public key from whoever keeps the ledger, on another way than this pack came to you.
3. python3 check.py pack.zip --key KEY
   Instead of, or beside, a key: --root SIZE:ROOT, a root of the log that you wrote down earlier.
It says what it proved, and what it did not. The format is described in docs/evidence-pack.md of the ledger's source;
a second checker, in JavaScript, was written from that description alone.

What is here
manifest.json   every file with its SHA-256; versions; what the pack is about
manifest.note   the ledger's signature of the manifest, where it has a key
checkpoint.note the size and root of the log, signed (C2SP tlog-checkpoint)
tree.json       proofs (RFC 6962): each fact is in the log; the log only grew since the basis, or the close
facts.ndjson    the facts, byte for byte as they were sealed, one a line
journals.json   what these facts post, in CNY minor units (fen)
receipts.json   how the figure is made: of which figures and which facts, with the share of each
                (in a formula s0, s1, … are its parts in order; share(whole, n, weights …) is what the weight number n,
                from 0, has of the whole, to the fen)
report.json     the report in which the figure stands, with its basis
check.py        the checker

What is not here: facts that the figure does not rest on. Where the pack is for one company, facts of others are
hashes only.

中文简介
本文件包证明账本中的一个数字、一条记录或一次月结。请从可信来源取得 check.py 与账本公钥（不要用包内自带的），
离线运行：python3 check.py pack.zip --key 公钥。程序会列出已证明的内容与未证明的内容；退出码 0 为通过，1 为拒绝。
其他公司的记录只以哈希值出现，不含内容。
"""


def readme(about: Mapping[str, Any], origin: str, command: str) -> str:
    """The README of a pack."""
    return TEXT.format(origin=origin, about=in_words(about), command=command)


def in_words(about: Mapping[str, Any]) -> str:
    """Say what a pack is about."""
    match about["kind"]:
        case "figure":
            basis, eyes = about["basis"], f", for {about['for']}" if "for" in about else ""
            on = f"effective on {basis['effective']}, as recorded at position {basis['recorded']}"
            return f"the figure {about['cell']} of the report {about['report']}, {on}{eyes}"
        case "close":
            return f"the close of {about['month']} (number {about['number']}), the fact at position {about['position']}"
    return f"the fact at position {about['position']}"
