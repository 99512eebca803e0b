"""Which accounts take lines by hand, and which only what a subledger knows?

BY_HAND      accounts that a manual journal may name
CONTROLLED   all others: the balance of each is explained by documents, so that a line by hand would only break the tie

The keys are those of the chart (ledger/books/accounts.py), which stands above this package; a test holds that both
together are the chart, and that no control account of a close is among the first.
"""

from collections.abc import Mapping

CONTROLLED: Mapping[str, str] = {
    "bank": "1002: bank accounts, and what moves on them",
    "inventory": "1405: purchases for orders, and their acceptance",
    "stock-allowance": "1471: what stock still brings, approved for each order",
    "input-vat": "2221.02: suppliers' invoices and customs declarations",
    "bank-charges": "6603: charges of bank accounts",
    "bank-interest": "6603.01: interest of bank accounts",
    "receivables": "1122: invoices, notes and receipts of tenants and orders",
    "straight-line": "1124: rent recognised and billed, lease by lease",
    "contract-assets": "1125: retention of orders",
    "other-receivables": "1221: clawbacks of investment agreements",
    "loss-allowance": "1231: `measure-ecl`, and write-offs",
    "payables": "2202: suppliers and generators",
    "unapplied": "2203: receipts not yet applied",
    "equipment-advances": "2204.01: advances for orders",
    "make-up": "2204.02: make-up rights of offtake agreements",
    "output-vat": "2221.01: invoices and notes",
    "vat-payable": "2221.03: VAT returns, and their payment",
    "pending-vat": "2221.09: orders earned over time",
    "deposits": "2241.01: tenants' deposits",
    "interest-payable": "2241.04: interest on tenants' deposits",
    "deposit-interest": "6603.03: interest on tenants' deposits",
    "provisions": "2801: losses to come of orders earned over time",
    "client-money": "2241.02: client money of orders",
    "rent": "6001.01: leases",
    "rent-variable": "6001.02: leases",
    "service-charge": "6001.03: leases",
    "lease-incentives": "1801.01: leases",
    "lease-costs": "1801.02: leases",
    "turnover-rent": "6001.08: leases",
    "energy": "6001.04: offtake agreements",
    "equipment": "6001.05: orders",
    "brokerage": "6001.06: orders",
    "settlement-service": "6001.07: offtake agreements",
}
"""account -> its code, and what explains its balance."""

BY_HAND: Mapping[str, str] = {
    "prepaid": "1123",
    "fixed-assets": "1601",
    "depreciation": "1602",
    "payroll": "2211",
    "income-tax-payable": "2221.10",
    "dividends": "2232",
    "accrued": "2241.03",
    "other-payables": "2241.09",
    "opening-equity": "3999",
    "capital": "4001",
    "surplus": "4101",
    "retained-earnings": "4104",
    "other-income": "6051",
    "exchange": "6061",
    "non-operating": "6301",
    "cost-of-sales": "6401",
    "surcharges": "6403",
    "selling": "6601",
    "administration": "6602",
    "impairment": "6701",
    "credit-loss": "6702",
    "incentives": "6711",
    "income-tax": "6801",
    "prior-year": "6901",
}
"""account -> its code."""
