"""What was found altered in the log, in Chinese.

altered    what the check says, in a language: in Chinese with its own sentence beside it
PLACES, FOUND    where it is, and what it is: how the check's own words are told
"""

import re
from collections.abc import Sequence

from markupsafe import Markup

from api.console.words.saying import Language

PLACES: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(r"position (.*)"), r"第 \1 条"),
    (re.compile(r"receipt (.*)"), r"回执 \1"),
    (re.compile(r"head"), "日志首部"),
]
FOUND: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(r"the root (?:of the receipts )?up to here is not .*"), "到此为止的根哈希与外部留存的不符"),
    (
        re.compile(r"a root is known of (\d+) (?:facts|receipts), but only (\d+) are here"),
        r"已知 \1 条的根，此处仅 \2 条",
    ),
    (re.compile(r"this (?:fact|receipt) is missing"), "此条缺失"),
    (re.compile(r".* are not bytes any more"), "此条或其哈希已不是字节"),
    (re.compile(r"the envelope cannot be read: .*"), "此条已无法读出"),
    (re.compile(r"its (\w+) beside the envelope was changed"), r"封套旁的 \1 被改动"),
    (re.compile(r"the tags beside the envelope were changed: .*"), "封套旁的标签被改动"),
    (re.compile(r"recorded before the fact in front of it"), "记录时间早于前一条"),
    (
        re.compile(r"a fact from here to (\d+) was changed together with its own hash"),
        r"此处至 \1 条中，有事实连同自身哈希被改动",
    ),
    (re.compile(r"the fact, or the hashes stored with it, were changed"), "事实或与其同存的哈希被改动"),
    (re.compile(r"it, or the hashes stored with it, were changed .*"), "回执或与其同存的哈希被改动"),
    (re.compile(r"there is one, with the id 1; here are (\d+): .*"), r"首部应只有一条，此处有 \1 条"),
    (re.compile(r"its (\w+) is no .* any more"), r"其 \1 的类型被改动"),
    (re.compile(r"its (?:receipts_)?frontier is not that of the (?:facts|receipts)"), "其哈希前沿与所存内容不符"),
    (re.compile(r"its recorded_us is not that of the last fact"), "其时间与最后一条不符"),
    (re.compile(r"a field of it is not of its type any more"), "其字段的类型被改动"),
    (re.compile(r"its outcome cannot be read: .*"), "其结果已无法读出"),
    (re.compile(r"its outcome names position (\d+), which is not recorded"), r"其结果所指的第 \1 条未记录"),
    (re.compile(r"it is not that of the fact at position (\d+)"), r"与第 \1 条事实不符"),
    (re.compile(r"its outcome rests on position (\d+)"), r"其结果所依据的第 \1 条不符"),
    (re.compile(r"a .* stands here, .*"), "此处有不应存在的内容"),
    (re.compile(r"a .* stands beyond the head"), "首部之后还有内容"),
]


def altered(language: Language, said: str) -> Markup:
    """Tell what the check found, in a language."""
    own = Markup('<span lang="en">{}</span>').format(said)
    if language == "en":
        return own
    place, _, what = said.partition(": ")
    return Markup('{}：{}。<span class="quiet">{}</span>').format(_told(PLACES, place), _told(FOUND, what), own)


def _told(table: Sequence[tuple[re.Pattern[str], str]], said: str) -> str:
    found = ((pattern.fullmatch(said), chinese) for pattern, chinese in table)
    return next((match.expand(chinese) for match, chinese in found if match), f"⟦{said}⟧")
