"""Companies that are known from deals alone: they sell machines, generate energy or buy it, and rent nothing.

SUPPLIERS   they sell machines that make power of heat and waste; some generate with their own
BUYERS      works outside the park that buy energy
HOUSEKEEPER, CUSTOMS   who keeps the houses; the customs office
parties     how they became known, in the week after the ledger opened
"""

from collections.abc import Iterator
from datetime import date

from api.demo.days import at, workday
from api.demo.firms import Firm
from api.demo.people import CLERKS, invented
from api.demo.steps import STEPS, Prospect, Step

KNOWN_ON = date(2023, 7, 10)
FIRST_NUMBER = 60_001
"""Far above any number in the pipeline; identifiers have room for it."""


def _firm(number: int, name: str, name_zh: str, country: str) -> Firm:
    return Firm(
        number=FIRST_NUMBER + number,
        company=f"{name.lower().replace(' ', '-')}-demo",
        name=f"{name} (demo)",
        name_zh=f"{name_zh} (demo)",
        country=country,
    )


SUPPLIERS = (
    _firm(0, "Sutter Ridge Heat Recovery", "萨特岭余热", "US"),
    _firm(1, "Trinity Creek Waste to Energy", "三一溪垃圾发电", "US"),
    _firm(2, "Foothill Vapour Turbines", "山麓汽轮机", "US"),
    _firm(3, "Delta Breeze Biomass Power", "三角洲生物质", "US"),
)
BUYERS = (
    _firm(4, "Stone Ferry Ceramics", "石渡陶瓷", "CN"),
    _firm(5, "Willow Pond Foods", "柳塘食品", "CN"),
    _firm(6, "Nine Bends Paper", "九曲纸业", "CN"),
)

HOUSEKEEPER = _firm(7, "Lantern Hill Housekeeping", "灯笼山物业服务", "CN")
CUSTOMS = _firm(8, "River Port Customs Office", "江港海关", "CN")
OFFICES = (HOUSEKEEPER, CUSTOMS)


def parties() -> Iterator[Step]:
    """Each is met, screened and found fit to deal with."""
    for number, firm in enumerate((*SUPPLIERS, *BUYERS, *OFFICES)):
        prospect = Prospect(firm, "PARTNER" if firm in SUPPLIERS else "DIRECT", KNOWN_ON, firm.company)
        for days, name in enumerate(("lead", "screened", "qualified")):
            on = workday(date.fromordinal(KNOWN_ON.toordinal() + days))
            by = invented(CLERKS[number % len(CLERKS)])
            yield Step(recorded_at=at(on, 5 + number), by=by, command=STEPS[name](prospect, on))
