"""What a park taken over draws from: tenants, units and leases that others know too."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.billing.taking_over.deciding import ParkDeposit, ParkInvoice
from ledger.joint.taking_over import ParkCompany
from ledger.leases.taking_over import ParkLease
from tests.strategies.leases import LEASES, all_terms, term_days

ENDS = (date(2026, 1, 31), date(2026, 2, 28))
amounts = st.sampled_from(("0.00", "1000.00"))
companies = st.sampled_from(("ash-demo", "beech-demo"))
leases = st.sampled_from(LEASES)

rows: dict[str, st.SearchStrategy[Any]] = {
    "companies": st.builds(ParkCompany, company=companies, name=st.just("one (demo)"), country=st.just("CN")),
    "leases": st.builds(
        ParkLease,
        lease=leases,
        company=companies,
        terms=all_terms(),
        signed_on=term_days,
        billed_through=st.none() | st.sampled_from(ENDS),
    ),
    "deposits": st.builds(ParkDeposit, deposit=st.sampled_from(("d-1-demo", "d-2-demo")), lease=leases, amount=amounts),
    "invoices": st.builds(
        ParkInvoice,
        invoice=st.sampled_from(("i-1-demo", "i-2-demo")),
        lease=leases,
        charge=st.sampled_from(("RENT", "SERVICE_CHARGE")),
        issued_on=term_days,
        due_on=term_days,
        from_on=term_days,
        until_on=term_days,
        gross=amounts,
        vat_rate=st.sampled_from(("0", "0.09")),
        open=amounts,
    ),
}
POOLS: dict[str, st.SearchStrategy[Any]] = {
    "TakeOverPark.effective_on": st.sampled_from(ENDS),
    "taken_over_by": st.just("finance-demo"),
    **{f"TakeOverPark.{name}": st.lists(row, max_size=2).map(tuple) for name, row in rows.items()},
    **dict.fromkeys([f"TakeOverPark.{name}" for name in ("sites", "parcels", "buildings", "units")], st.just(())),
}
