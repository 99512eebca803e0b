"""The version of every read model, by its name: VERSIONS. To see that they are up to date imports none of them."""

from collections.abc import Mapping

VERSIONS: Mapping[str, int] = {
    "company_register": 1,
    "tenants_accounts": 3,
    "documents": 1,
    "site_timeline": 2,
    "parcel_timeline": 2,
    "building_timeline": 1,
    "unit_timeline": 1,
    "lease_register": 4,
    "investment_agreements": 2,
    "order_register": 3,
    "offtake_register": 3,
    "energy_statements": 2,
    "make_up": 1,
    "payables": 1,
    "journal": 4,
}
"""As the classes in views.py say."""
