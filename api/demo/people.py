"""Who records in the demonstration: people who do not exist.

CLERKS                  the deal desk, by id; each company has one of them
ACCOUNTANT, COLLEAGUE   finance
APPROVER                agrees to what others propose
invented                anybody else; METHOD: how their facts are told from everybody's
"""

from ledger.access import Role
from ledger.decider import By

METHOD = "demo"


def invented(actor: str, role: Role = "deal_desk") -> By:
    """Somebody who does not exist."""
    return By(actor=actor, role=role, method=METHOD)


CLERKS = ("li-na-demo", "wang-min-demo", "carol-ortiz-demo")
ACCOUNTANT, COLLEAGUE = invented("he-lan-demo", "finance"), invented("tom-reyes-demo", "finance")
APPROVER = invented("zhou-jie-demo", "approver")
