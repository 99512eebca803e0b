"""The ground of the golden year: companies, units, rates, open months. All invented."""

from typing import Any

from tests.year.table import Told, told

USD_RATES = {
    "2025-01-01": "7.10",
    "2025-01-31": "7.15",
    "2025-02-10": "7.16",
    "2025-02-28": "7.20",
    "2025-03-10": "7.23",
    "2025-03-31": "7.25",
    "2025-04-15": "7.28",
    "2025-04-30": "7.27",
    "2025-05-15": "7.22",
    "2025-05-31": "7.19",
    "2025-06-16": "7.17",
    "2025-06-30": "7.16",
    "2025-07-15": "7.18",
    "2025-07-31": "7.21",
    "2025-08-15": "7.15",
    "2025-08-31": "7.13",
    "2025-09-15": "7.12",
    "2025-09-30": "7.11",
    "2025-10-15": "7.08",
    "2025-10-31": "7.10",
    "2025-11-17": "7.06",
    "2025-11-30": "7.08",
    "2025-12-15": "7.05",
    "2025-12-31": "7.03",
    "2026-01-31": "7.00",
}
"""What a dollar is worth, from each day on."""
UNITS = {"a1": "1234.50", "a2": "2310.00", "a3": "877.25", "a4": "1500.00"}
COMPANIES = (
    "sun-demo",
    "river-demo",
    "cedar-demo",
    "maple-demo",
    "mill-demo",
    "solis-demo",
    "forge-demo",
    "anode-demo",
    "stella-demo",
    "clean-demo",
    "customs-demo",
)
SERIES = {
    "fx/usd-cny": USD_RATES,
    "cpi/cn-demo": {"2024-12-31": "102.3", "2025-06-30": "104.1"},
    "vat/leasing": {"2020-01-01": "0.09"},
    "vat/leasing-simplified": {"2020-01-01": "0.05"},
    "vat/services": {"2020-01-01": "0.06"},
    "vat/goods": {"2020-01-01": "0.13"},
    "vat/cancellation-fees": {"2025-10-01": "0.06"},
    "vat/forfeited-advances": {"2025-11-20": "0.06"},
    "vat/forfeited-deposits": {"2025-11-01": "0.09"},
    "co2/cn-average": {"2020-01-01": "0.5306"},
}
EMISSION: dict[str, Any] = {"region": "CN", "year": 2020, "basis": "AVERAGE", "announcement": "No. 0 (demo)"}
PAPER: dict[str, Any] = {"doc": "paper (demo)", "sha256": "ab" * 32}


def _emission(series: str) -> dict[str, Any]:
    return {"emission": EMISSION} if series.startswith("co2/") else {}


def _rates() -> list[Told]:
    known = [
        (f"{series.replace('/', '-')}-{on}", series, on, value)
        for series, values in SERIES.items()
        for on, value in values.items()
    ]
    asked = [
        told(
            on,
            "propose-rate",
            said_on="2025-01-01",
            rate=rate,
            series=series,
            value=value,
            source="a notice (demo)",
            **_emission(series),
        )
        for rate, series, on, value in known
    ]
    return asked + [told(on, "approve-rate", said_on="2025-01-01", rate=rate) for rate, _, on, _ in known]


def _estate() -> list[Told]:
    about: dict[str, Any] = {"said_on": "2025-01-01"}
    on, site, area = "2023-01-02", "mcsc-demo", {"standard": "GB/T17986"}
    return [
        told(
            on,
            "define-site",
            site=site,
            name="MCSC (demo)",
            stated_area="800",
            stated_unit="ACRE",
            source="a press text",
            **about,
        ),
        told(on, "define-parcel", site=site, parcel="p1-demo", name="Parcel 1 (demo)", area="60000.00", **about),
        told(
            on,
            "define-building",
            parcel="p1-demo",
            building="b1-demo",
            name="Building 1 (demo)",
            floors=4,
            lettable="50000.00",
            **area,
            **about,
        ),
        told(on, "start-construction", building="b1-demo", **about),
        told(on, "complete-building", building="b1-demo", evidence=PAPER, **about),
        *(
            told(
                on,
                "define-unit",
                building="b1-demo",
                unit=unit,
                floor="1",
                use="INDUSTRIAL",
                area=size,
                measured_on=on,
                **area,
                **about,
            )
            for unit, size in UNITS.items()
        ),
    ]


TOLD: list[Told] = [
    told("2025-01-01", "open-periods", through="2025-01"),
    told("2025-01-01", "open-periods", through="2026-02"),
    *_rates(),
    *_estate(),
    *(
        told(
            "2024-12-01",
            "register-lead",
            said_on="2025-01-01",
            company=one,
            name=f"{one} (demo)",
            country="CN",
            origin="DIRECT",
        )
        for one in COMPANIES
    ),
]
