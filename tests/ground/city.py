"""A small city set up over HTTP: a site, a building, units, tenants, tax rates, open months; everything invented.

City        sends commands as whoever may send them, and expects each to be recorded
"""

from typing import Any

from api.app import RECORDINGS
from ledger.decider import command_name
from tests.ground.over_http import DOC, Http

VAT = {"vat/leasing": "0.09", "vat/leasing-simplified": "0.05", "vat/services": "0.06", "vat/goods": "0.13"}
ROLE_OF = {command_name(one.command): min(one.roles - {"admin"}, default="admin") for one in RECORDINGS}
"""Whoever may send it, and is no administrator."""


class City:
    """Commands over HTTP, by name; facts and figures over HTTP too."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def send(self, command: str, effective_on: str, *, sender: str | None = None, **fields: Any) -> Any:
        """Ask for a command, as somebody of a role; the answer, whatever it is."""
        body = {"command": command, "effective_on": effective_on, **fields}
        return self.http.post("/v1/commands", body, sender or ROLE_OF[command])  # type: ignore[arg-type] # roles

    def do(self, command: str, effective_on: str, *, sender: str | None = None, **fields: Any) -> Any:
        """Record a command, which nothing refuses."""
        answer = self.send(command, effective_on, sender=sender, **fields)
        assert answer.status_code in (200, 201), f"{command}: {answer.text}"
        return answer.json()

    def build(self, units: dict[str, str], *, site_on: str = "2023-01-02") -> None:
        """A site of 800 acres, one parcel, one completed building, and its units by id with their areas."""
        on = site_on
        self.do(
            "define-site",
            on,
            site="mcsc-demo",
            name="MCSC (demo)",
            stated_area="800",
            stated_unit="ACRE",
            source="a press text",
        )
        self.do("define-parcel", on, site="mcsc-demo", parcel="p1-demo", name="Parcel 1 (demo)", area="60000.00")
        self.do(
            "define-building",
            on,
            parcel="p1-demo",
            building="b1-demo",
            name="Building 1 (demo)",
            floors=4,
            lettable="50000.00",
            standard="GB/T17986",
        )
        self.do("start-construction", on, building="b1-demo")
        self.do("complete-building", on, building="b1-demo", evidence=DOC)
        for unit, area in units.items():
            self.unit(unit, area, on)

    def unit(self, unit: str, area: str, on: str) -> None:
        """One unit of the building."""
        self.do(
            "define-unit",
            on,
            building="b1-demo",
            unit=unit,
            floor="1",
            use="INDUSTRIAL",
            area=area,
            standard="GB/T17986",
            measured_on=on,
        )

    def tenant(self, company: str, on: str = "2023-06-01") -> None:
        """A company that may become a tenant."""
        self.do("register-lead", on, company=company, name=f"{company} (demo)", country="US", origin="DIRECT")

    def rates(self, on: str = "2020-01-01") -> None:
        """The tax rates, proposed by finance and approved by somebody else."""
        for series, value in VAT.items():
            rate = series.replace("/", "-")
            self.do("propose-rate", on, rate=rate, series=series, value=value, source="an invented notice")
            self.do("approve-rate", on, rate=rate)

    def open(self, first: str, last: str) -> None:
        """The books, from one month to another."""
        self.do("open-periods", f"{first}-01", through=first)
        self.do("open-periods", f"{first}-01", through=last)

    def let(self, lease: str, company: str, terms: dict[str, Any], *, signed_on: str) -> None:
        """A lease from draft to commencement."""
        self.do("draft-lease", signed_on, lease=lease, company=company, terms=terms)
        self.do("submit-lease", signed_on, lease=lease)
        self.do("approve-lease", signed_on, lease=lease)
        units = [one["unit"] for one in terms["premises"]]
        self.do("execute-lease", signed_on, lease=lease, units=units, document=DOC)
        self.do("hand-over-premises", terms["commencement_on"], lease=lease, protocol=DOC)
        self.do("commence-lease", terms["commencement_on"], lease=lease)

    def trial_balance(self, effective: str) -> dict[str, str]:
        """Closing balances by account code, debits positive, as the report shows them; zero balances left out."""
        answer = self.http.read("/v1/reports/trial-balance", effective=effective)
        rows = answer["data"]["rows"] if "data" in answer else answer["rows"]
        return {row["code"]: row["closing"] for row in rows if row["closing"] not in ("0.00", None)}
