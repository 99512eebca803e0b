"""Every refusal of the ledger's rules, in Chinese, by code."""

from api.console.words.refusals.billing import BILLING
from api.console.words.refusals.bookkeeping import BOOKKEEPING
from api.console.words.refusals.companies import COMPANIES
from api.console.words.refusals.estate import ESTATE
from api.console.words.refusals.everywhere import EVERYWHERE
from api.console.words.refusals.investment import INVESTMENT
from api.console.words.refusals.leases import LEASES
from api.console.words.refusals.offtake import OFFTAKE
from api.console.words.refusals.orders import ORDERS
from api.console.words.refusals.several import SEVERAL

REFUSED: dict[str, str] = {
    **BILLING,
    **BOOKKEEPING,
    **COMPANIES,
    **ESTATE,
    **EVERYWHERE,
    **INVESTMENT,
    **LEASES,
    **OFFTAKE,
    **ORDERS,
    **SEVERAL,
}
