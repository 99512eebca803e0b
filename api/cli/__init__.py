"""The command line, `mcsc`.

place.py       which ledger is meant, and what can be in its way; exit codes
display.py     tables, progress; data to stdout, everything else to stderr
serving.py     demo, serve, migrate
recording.py   record
billing.py     bill
closing.py     close, report periods, report rates
reading.py     history, report
books.py       report trial-balance, journal, revenue, deferred-revenue
export.py      export journal
investment.py  report investment, channel-money
orders.py      report order-book, fx-exposure
offtake.py     meter-import; report energy, offtake-shortfall
tenancy.py     report rent-roll, occupancy, lease-expiry, ageing
keeping.py     verify, rebuild, doctor, token

Heavy modules are imported inside the commands that need them, so that `--help` answers at once.
"""

import rich_click as click

from api.cli.billing import bill
from api.cli.books import deferred_revenue, journal, revenue, trial_balance
from api.cli.closing import close, periods, rates
from api.cli.export import export
from api.cli.investment import channel_money, investment
from api.cli.keeping import doctor, rebuild, token, verify
from api.cli.offtake import energy, meter_import, offtake_shortfall
from api.cli.orders import book, exposure
from api.cli.place import Family
from api.cli.reading import history, report
from api.cli.recording import record
from api.cli.serving import demo, migrate, serve
from api.cli.tenancy import ageing, lease_expiry, occupancy, rent_roll

click.rich_click.COMMAND_GROUPS = {
    "mcsc": [
        {"name": "Begin", "commands": ["demo", "serve", "migrate"]},
        {
            "name": "Record and read",
            "commands": ["record", "meter-import", "bill", "close", "history", "report", "export"],
        },
        {"name": "Keep", "commands": ["verify", "rebuild", "doctor", "token"]},
    ]
}


@click.group(cls=Family, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mcsc-ledger", message="mcsc %(version)s")
def main() -> None:
    """The investment and tenancy ledger of Meishan California Smart City: every number has a receipt.

    Begin with `mcsc demo`. Every command takes --data DIR (or MCSC_DATA): the directory that holds the ledger.

    Exit codes: 0 done, 1 failed, 2 usage or malformed input, 3 integrity broken, 4 not found, 5 conflict, 6 refused
    by a rule, 7 not allowed, 8 unavailable.
    """


for command in (
    demo,
    serve,
    migrate,
    record,
    meter_import,
    bill,
    close,
    history,
    report,
    export,
    verify,
    rebuild,
    doctor,
    token,
):
    main.add_command(command)

for reported in (rent_roll, occupancy, lease_expiry, ageing, periods, rates):
    report.add_command(reported)

for dealt in (investment, channel_money, book, exposure, energy, offtake_shortfall):
    report.add_command(dealt)

for booked in (trial_balance, journal, revenue, deferred_revenue):
    report.add_command(booked)
