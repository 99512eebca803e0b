"""The command line, `mcsc`. In reading order:

place.py          which ledger is meant, and what can be in its way; exit codes; groups of commands
actor.py          who is at the keyboard, and how we know
display.py        tables, progress; data to stdout, everything else to stderr
serving.py        init, demo, serve, migrate
recording.py      record
examples.py       an example of every command, which can be recorded as it is printed
files/            meter-import, meter-read, price-import, bank-import, bank-profile, fapiao-import, takeover
billing.py        bill
closing.py        close
written.py        files that are written whole, or not at all
reading.py        history, and what every report can be asked
reports.py        report …: a command for each Read of the routes that has a Report
explaining.py     explain …, evidence …: a command for each report whose cells have receipts
comparing.py      compare …: the same reports on two bases, cell by cell
export.py         export journal, log, close, mart; paper; import log
keeping/          verify, doctor; check, rebuild; key, checkpoint, prove; backup, restore; document add, get, list
tokens.py         token create, list, revoke
users.py          user map, unmap, bar, readmit, list
desk.py           desk link

Heavy modules are imported inside the commands that need them, or by a module that is read for them (place.Later), so
that `mcsc --help` answers at once.
"""

import rich_click as click

from api.cli.billing import bill
from api.cli.closing import close
from api.cli.export import export, import_
from api.cli.files.banks import bank_import, bank_profile
from api.cli.files.fapiao import fapiao_import
from api.cli.files.meters import meter_import
from api.cli.files.parks import takeover
from api.cli.files.prices import price_import
from api.cli.files.registers import meter_read
from api.cli.keeping.backups import backup, restore
from api.cli.keeping.checking import check, rebuild
from api.cli.keeping.moving import move
from api.cli.keeping.people import forget
from api.cli.keeping.proving import checkpoint, key, prove
from api.cli.keeping.verifying import doctor, verify
from api.cli.place import Family, Later
from api.cli.reading import compare, evidence, explain, history, report
from api.cli.recording import record
from api.cli.serving import demo, init, migrate, serve

click.rich_click.COMMAND_GROUPS = {
    "mcsc": [
        {"name": "Begin", "commands": ["demo", "init", "serve", "migrate"]},
        {
            "name": "Record and read",
            "commands": [
                "record",
                "meter-import",
                "meter-read",
                "price-import",
                "bank-import",
                "bank-profile",
                "fapiao-import",
                "takeover",
                "bill",
                "close",
                "history",
                "report",
                "explain",
                "compare",
                "export",
                "paper",
                "import",
            ],
        },
        {
            "name": "Keep",
            "commands": [
                "verify",
                "check",
                "checkpoint",
                "prove",
                "evidence",
                "key",
                "backup",
                "restore",
                "forget",
                "move",
                "rebuild",
                "doctor",
                "token",
                "user",
                "desk",
                "document",
                "completion",
            ],
        },
    ]
}


@click.group(cls=Family, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mcsc-ledger", message="mcsc %(version)s")
def main() -> None:
    """The investment and tenancy ledger of Meishan California Smart City: every number has a receipt.

    Begin with `mcsc demo`, or with `mcsc init` for a ledger of your own. Every command takes --data DIR (or
    MCSC_DATA): the directory that holds the ledger. Those that record know you by a key (--key-file, MCSC_KEY) or as
    the user who is logged in (`mcsc user map`); what your role may record is what it may over HTTP.

    Exit codes: 0 done, 1 failed, 2 usage or malformed input, 3 integrity broken, 4 not found, 5 conflict, 6 refused
    by a rule, 7 not allowed, 8 unavailable.
    """


@click.group(cls=Later, room="api.cli.tokens")
def token() -> None:
    """Access keys: who may come in, and as what. They are facts like any other."""


@click.group(cls=Later, room="api.cli.users")
def user() -> None:
    """Users of this machine: who they are in the ledger, and what they may record. Facts like any other."""


@click.group(cls=Later, room="api.cli.desk")
def desk() -> None:
    """The desk, the console in a browser: links that sign somebody in."""


@click.group(cls=Later, room="api.cli.keeping.documents")
def document() -> None:
    """Documents that prove what facts say, kept beside the ledger by their SHA-256."""


@click.group(cls=Later, room="api.cli.keeping.papers")
def paper() -> None:
    """Papers for tenants and buyers, as PDF in English and Chinese, and papers in hand that are checked.

    \b
    mcsc paper statement sunfield-demo --effective 2026-06 -o statement.pdf
    mcsc paper invoice lease-1-rent-202606 -o invoice.pdf --issue
    mcsc paper energy sunfield-solar/2026-05-r0 -o energy.pdf
    mcsc paper check invoice.pdf

    The same basis gives the same bytes, and the SHA-256 is printed as sha256sum does. With --issue it is recorded, so
    that `mcsc paper check` knows the paper again. It needs the extra `papers`: `pip install 'mcsc-ledger[papers]'`.
    """


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a SHELL complete commands, options and names on record, such as leases.

    \b
    mcsc completion bash > ~/.local/share/bash-completion/completions/mcsc
    mcsc completion zsh > ~/.zfunc/_mcsc               (with ~/.zfunc in fpath)
    mcsc completion fish > ~/.config/fish/completions/mcsc.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, "click knows these shells"
    click.echo(kind(main, {}, "mcsc", "_MCSC_COMPLETE").source())


for command in (
    completion,
    demo,
    init,
    serve,
    migrate,
    record,
    meter_import,
    meter_read,
    price_import,
    bank_import,
    fapiao_import,
    bank_profile,
    takeover,
    bill,
    close,
    history,
    report,
    explain,
    compare,
    export,
    paper,
    import_,
    verify,
    check,
    checkpoint,
    prove,
    evidence,
    key,
    backup,
    restore,
    forget,
    move,
    rebuild,
    doctor,
    token,
    user,
    desk,
    document,
):
    main.add_command(command)
