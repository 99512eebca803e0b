"""One example of every fact and command of leases. All are invented; names end in (demo)."""

from ledger.decider import Command, Fact

FACTS: tuple[Fact, ...] = ()
COMMANDS: tuple[Command, ...] = ()
WHOLE: tuple[Fact, ...] = ()
