"""What the diary and the inbox say beside a date or a proposal: codes and amounts as people read them."""

import pytest

from api.console.agenda.telling import gist, remark
from api.console.words.saying import Language, role
from tests.projections.test_diary import EVERY


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("126000.00 USD", "126,000.00 USD", "126,000.00 USD"),
        ("1234567.5 CNY", "1,234,567.5 CNY", "1,234,567.5 CNY"),
        ("FAI_INTENSITY 3000.00", "FAI intensity 3,000.00", "投资强度 3,000.00"),
        ("47.628 M2_MONTH", "47.628 m² a month", "47.628 元/㎡/月"),
        ("TENANT 2027-06-30", "Tenant 2027-06-30", "承租方 2027-06-30"),
        ("cpi/cn-all", "cpi/cn-all", "cpi/cn-all"),
        ("2026", "2026", "2026"),
        ("", "", ""),
    ],
)
def test_a_remark_of_the_diary(text: str, en: str, zh: str) -> None:
    assert (remark("en", text), remark("zh", text)) == (en, zh)


def test_no_remark_holds_a_code() -> None:
    assert all("_" not in remark("zh", text) for *_, text in EVERY)


@pytest.mark.parametrize(
    ("kind", "text", "en", "zh"),
    [
        (
            "LEASE",
            "sun-demo: u-1 u-2, 2026-01-01 to 2028-12-31",
            "sun-demo: u-1 u-2, 2026-01-01 to 2028-12-31",
            "sun-demo: u-1 u-2, 2026-01-01 至 2028-12-31",
        ),
        ("STATEMENT", "2026-05 run 1: 25098.32 CNY", "2026-05 run 1: 25,098.32 CNY", "2026-05 第 1 版：25,098.32 CNY"),
        (
            "WRITE_OFF",
            "1234.50 CNY: 1000.00 to the TENANT",
            "1,234.50 CNY: 1000.00 to the TENANT",
            "1,234.50 CNY: 1000.00 to the TENANT",
        ),
        (
            "OFFTAKE_AMENDMENT",
            "from 2026-07-01: paper (demo)",
            "from 2026-07-01: paper (demo)",
            "自 2026-07-01 起：paper (demo)",
        ),
        (
            "RATE",
            "fx/usd-cny 7.1 from 2026-11-02",
            "fx/usd-cny 7.1 from 2026-11-02",
            "fx/usd-cny 7.1，自 2026-11-02 起",
        ),
        (
            "JOURNAL",
            "1234.50 CNY mirrors j-1-demo: 2 repeats x: y",
            "1,234.50 CNY mirrors j-1-demo: 2 repeats x: y",
            "1,234.50 CNY，冲销 j-1-demo：2 repeats x: y",
        ),
        ("REOPENING", "TENANT 5000.00 from 2026-11-02", *["TENANT 5000.00 from 2026-11-02"] * 2),
    ],
)
def test_the_gist_of_a_proposal(kind: str, text: str, en: str, zh: str) -> None:
    """The reason that somebody gave stays as it was written."""
    assert (gist("en", kind, text), gist("zh", kind, text)) == (en, zh)


@pytest.mark.parametrize(("language", "said"), [("en", "deal desk"), ("zh", "招商业务")])
def test_a_role_is_said_in_words(language: Language, said: str) -> None:
    assert role(language, "deal_desk") == said
