"""Invented companies: names that say so, and identifiers that no real company can have.

Firm    one invented company
firms   as many as wanted, in an order that depends on the seed alone

USCC: division 000000 does not exist, so a sound code in it is nobody's. LEI: no issuer has the prefix FICT.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product
from random import Random

from stdnum.cn.uscc import calc_check_digit
from stdnum.iso7064.mod_97_10 import calc_check_digits

PLACES = {
    "Bristlecone": "松岭",
    "Manzanita": "石楠",
    "Tidewater": "潮源",
    "Golden Poppy": "金罂",
    "Quail Ridge": "鹑岭",
    "Bluff Creek": "崖溪",
    "Minjiang": "岷川",
    "Lotus Lake": "莲湖",
    "Bamboo Gate": "竹门",
    "Red Basin": "赤盆",
    "Cloud Terrace": "云台",
    "Silver Ginkgo": "银杏",
    "Long Valley": "长谷",
    "Heron Bay": "鹭湾",
    "Copper Mesa": "铜原",
    "Snow Pass": "雪隘",
}
TRADES = {
    "Heat Recovery": "余热",
    "Solar Glass": "光伏玻璃",
    "Storage": "储能",
    "Microgrids": "微电网",
    "Biogas": "沼气",
    "Hydrogen": "氢能",
    "Heat Pumps": "热泵",
    "Power Electronics": "电力电子",
    "Grid Software": "电网软件",
    "Battery Recycling": "电池回收",
    "Wind Blades": "风叶",
    "Carbon Metering": "碳计量",
}
COUNTRIES = ("US", "CN", "US", "CN", "US", "SG", "DE", "US", "CN", "JP")


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented company. `number` is its own; identifiers come from it."""

    number: int
    company: str
    name: str
    name_zh: str
    country: str

    @property
    def uscc(self) -> str:
        """A sound code in the division that does not exist (GB 32100-2015, GB 11714)."""
        front = "91000000" + _organisation(f"FXDE{self.number:04X}")
        return front + str(calc_check_digit(front))

    @property
    def faulty_uscc(self) -> str:
        """The same with another check character, as old codes really have."""
        return self.uscc[:-1] + ("1" if self.uscc[-1] != "1" else "2")

    @property
    def lei(self) -> str:
        """A sound code under a prefix that is nobody's (ISO 17442)."""
        return _lei(f"FICT00MCSC{self.number:08}")

    @property
    def parent_lei(self) -> str:
        """Its parent's."""
        return _lei(f"FICT00PRNT{self.number:08}")


def firms(chance: Random) -> Iterator[Firm]:
    """Firms without end, no two of one name."""
    pairs = list(product(PLACES, TRADES))
    chance.shuffle(pairs)
    for number in count():
        place, trade = pairs[number % len(pairs)]
        again = number // len(pairs)
        series = f" {again + 1}" if again else ""
        name = f"{place} {trade}{series}"
        yield Firm(
            number=number + 1,
            company=f"{name.lower().replace(' ', '-')}-demo",
            name=f"{name} (demo)",
            name_zh=f"{PLACES[place]}{TRADES[trade]}{series} (demo)",
            country=COUNTRIES[number % len(COUNTRIES)],
        )


def _organisation(front: str) -> str:
    """Eight characters and their check, weighted sum mod 11 (GB 11714)."""
    total = sum(int(character, 36) * weight for character, weight in zip(front, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return front + "0123456789X"[-total % 11]


def _lei(front: str) -> str:
    return front + str(calc_check_digits(front))
