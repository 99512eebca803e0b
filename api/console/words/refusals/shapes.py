"""A decoder's words about a shape, in Chinese; the most specific first."""

import re
from collections.abc import Sequence

SHAPES: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Invalid RFC3339 encoded date"), "日期的写法：2026-06-30"),
    (re.compile(r"Invalid RFC3339 encoded datetime"), "时间的写法：2026-06-30T08:00:00Z"),
    (re.compile(r"Invalid (?:enum )?value (.*)"), r"没有这一选项：\1"),
    (re.compile(r"Invalid decimal string"), "须为数字"),
    (re.compile(r"Expected `date(?: \| null)?`.*"), "日期的写法：2026-06-30"),
    (re.compile(r"Expected `int(?: \| null)?`, got .*"), "须为整数"),
    (re.compile(r"Expected `(?:float|decimal)(?: \| null)?`.*"), "须为数字"),
    (re.compile(r"Expected `bool(?: \| null)?`.*"), "须为是或否"),
    (re.compile(r"Expected `str` of length >= (\d+)"), r"至少 \1 个字符"),
    (re.compile(r"Expected `str` of length <= (\d+)"), r"至多 \1 个字符"),
    (re.compile(r"Expected `array` of length >= (\d+)"), r"至少 \1 行"),
    (re.compile(r"Expected `array` of length <= (\d+)"), r"至多 \1 行"),
    (re.compile(r"Expected `\w+` >= (.*)"), r"不得小于 \1"),
    (re.compile(r"Expected `\w+` > (.*)"), r"须大于 \1"),
    (re.compile(r"Expected `\w+` <= (.*)"), r"不得大于 \1"),
    (re.compile(r"Expected `\w+` < (.*)"), r"须小于 \1"),
    (re.compile(r"Expected `[^`]*`.*"), "所填内容的形式不符"),
    (re.compile(r"Object (?:missing required|contains unknown) field .*"), "缺少必填内容，或有多余内容"),
]
