"""check, rebuild: are the read models what the log says, and the way to make them so; certified on record.

held_against_the_log    around a question that may fail on rows that were altered: name_altered names them
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, who_options
from api.cli.display import Progress, say, table
from api.cli.place import BROKEN, USAGE, Stop, data_option, ended_as_by_ctrl_c, existing, known, readable, settings_of

if TYPE_CHECKING:
    from ledger.log.certifying import Certificate, Occasion, Outcome, TableDigest
    from ledger.log.database import Database
    from projections.engine.checking import Checked, Compared, Digest
    from projections.engine.view import View

NAMES = ("read model", "position", "table", "rows", "sha256")


@click.command()
@click.argument("view", required=False)
@data_option()
@click.option("--certify", is_flag=True, help="Record what was found, whatever it is.")
@who_options()
def check(view: str | None, data: Path, certify: bool, who: Claim) -> None:
    """Make every read model (or one VIEW) anew from the log in a temporary place, and compare it with the live one.

    Reports go on being answered and facts recorded meanwhile; nothing is changed. A row that was altered, taken away or
    put in is named with what is stored and what the log says, once, however many versions of it differ; then the exit
    code is 3, and `mcsc rebuild VIEW --anyway` puts it right. Digests are the same on SQLite and PostgreSQL. This rests
    on the log: `mcsc verify` proves that one.

    With --certify what was found becomes a fact, by whoever is at the keyboard (an admin or an auditor): `mcsc report
    certificates` lists them.
    """
    from projections.engine.checking import check as checked
    from projections.every.views import ALL_VIEWS

    views = [one for one in ALL_VIEWS if view in (None, one.name)]
    if not views:
        raise Stop(f"Name one read model ({', '.join(one.name for one in ALL_VIEWS)}), or none for all.", USAGE)
    rows: list[tuple[Any, ...]] = []
    faults: list[str] = []
    certificates: list[Certificate] = []
    with (
        readable(data) as (_, database),
        TemporaryDirectory(prefix="mcsc-check-") as made,
        Progress("facts read") as progress,
    ):
        for kind, found in zip(views, checked(database, views, Path(made), progress), strict=True):
            if found.compared is None:
                say(f"‼ {found.view}: {found.unlike}")
                faults += [found.view] if found.position else []
                continue
            rows += _rows(found.view, found.position, found.compared.stored)
            certificates.append(_of_check(kind.version, found, found.compared))
            for line in _lines(found.compared):
                click.echo(line)
            faults += [found.view] if found.compared.different else []
    table("Read models", NAMES, rows, numbers=("position", "rows"))
    if faults:
        say(f"✗ not as the log says: {', '.join(faults)}. `mcsc rebuild VIEW --anyway` makes one anew from the log.")
    elif rows:
        say(f"✓ every row is as the log says, as mcsc {version('mcsc-ledger')} reads it")
    if certify and (failed := _certify(data, "CHECK", certificates, who)):
        raise failed
    if faults:
        raise Exit(BROKEN)


def _of_check(number: int, found: "Checked", compared: "Compared") -> "Certificate":
    outcome: Outcome = "DIFFERS" if compared.different else "AGREES"
    place = {"view": found.view, "version": number, "position": found.position, "root": found.root}
    return _certificate(place, outcome, compared.different, compared.stored)


def _certificate(
    place: dict[str, Any], outcome: "Outcome", different: int, digests: "Sequence[Digest]"
) -> "Certificate":
    from ledger.log.certifying import Certificate, TableDigest

    tables = tuple(TableDigest(table=str(one.table), rows=one.rows, sha256=one.sha256) for one in digests)
    return Certificate(**place, outcome=outcome, different=different, tables=tables)


def _certify(data: Path, occasion: "Occasion", certificates: "Sequence[Certificate]", who: Claim) -> Stop | None:
    """Record certificates as one fact; where that cannot be, why not, and how it is done over HTTP."""
    import msgspec

    from api.cli.recording import record_one
    from ledger.log.certifying import CertifyReadModels
    from ledger.recording.outcome import Done

    if not any(one.position for one in certificates):
        return None
    command = CertifyReadModels(
        effective_on=settings_of(data).today(),
        occasion=occasion,
        program=version("mcsc-ledger"),
        views=tuple(certificates),
    )
    try:
        outcome = record_one(data, command, who)
    except Exception as error:
        why = error if isinstance(error, Stop) else known(error)
        body = {name: value for name, value in msgspec.to_builtins(command).items() if name != "command"}
        say(f"‼ not certified: {why.message}\nTo certify it over HTTP, POST this to /v1/log/certificates:")
        click.echo(msgspec.json.encode(body).decode())
        return why
    if not isinstance(outcome, Done):
        return Stop(f"Not certified: {outcome.detail}" if hasattr(outcome, "detail") else "Not certified.", BROKEN)
    say(f"✓ certified at position {outcome.position:,}: `mcsc report certificates`")
    return None


def _rows(view: str, position: int, digests: "Sequence[Digest | TableDigest]") -> list[tuple[Any, ...]]:
    return [(view, position, digest.table, digest.rows, digest.sha256) for digest in digests]


@contextmanager
def held_against_the_log(database: "Database") -> Iterator[None]:
    """Name each row of the read models that is not as the log says, if a question fails on what it reads, or a figure
    is not that of its facts. Where every row is as it says, the failure is what it was. Raises Stop."""
    try:
        yield
    except Exception as error:
        if _may_be_of_rows(error) and name_altered(database):
            raise Stop(
                "A read model was altered: these rows are not as the log says, which is true.", BROKEN
            ) from error
        raise


def _may_be_of_rows(error: Exception) -> bool:
    """Tell whether a row that is not as this program writes it may fail so."""
    from sqlalchemy.exc import DBAPIError

    from api.http.problems import Problem
    from ledger.log.database import is_unavailable
    from projections.engine.basis import BadBasis
    from projections.engine.view import RowsAltered

    match error:
        case Problem():
            return error.code == "not-proven"
        case DBAPIError():
            return not is_unavailable(error)
        case BadBasis():
            return False
    kinds = ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError
    return isinstance(error, (RowsAltered, *kinds))


def name_altered(database: "Database") -> bool:
    """Name each row of a read model that is not as the log says; tell whether there is any."""
    from projections.engine.checking import check as checked
    from projections.every.views import ALL_VIEWS

    with TemporaryDirectory(prefix="mcsc-check-") as made, Progress("facts read", quiet_s=1) as progress:
        found = [one.compared for one in checked(database, ALL_VIEWS, Path(made), progress) if one.compared is not None]
    for compared in found:
        for line in _lines(compared):
            click.echo(line, err=True)
    return any(compared.different for compared in found)


def _lines(compared: "Compared") -> Iterator[str]:
    """Name what differs."""
    for row in compared.named:
        key = " ".join(f"{name}={value}" for name, value in row.key.items())
        if row.stored is None:
            what = f"the row is missing; the log says {_said(row.derived)}"
        elif row.derived is None:
            what = f"stored {_said(row.stored)}; the log says there is no such row"
        else:
            what = f"stored {_said(row.stored)}; the log says {_said(row.derived)}"
        others = row.versions - 1
        yield f"✗ {row.table} {key}: {what}" + (f" (and {others:,} more version{'s' * (others > 1)})" if others else "")
    if more := compared.different - sum(row.versions for row in compared.named):
        yield f"✗ and {more:,} more"


def _said(values: Any) -> str:
    return " ".join(f"{name}={value!r}" for name, value in values.items())


@click.command()
@click.argument("view", required=False)
@data_option()
@click.option("--all", "everything", is_flag=True, help="Every read model.")
@click.option("--anyway", is_flag=True, help="Swap also where the rows made anew are not those that are live.")
@click.option("--no-certify", "certify", is_flag=True, flag_value=False, default=True, help="Record nothing of it.")
@who_options()
def rebuild(view: str | None, data: Path, everything: bool, anyway: bool, certify: bool, who: Claim) -> None:
    """Make a read model anew from the log, beside the live one, and swap. Reports go on being answered meanwhile.

    The new rows take the place of the live ones where they are the same, or where another version of this program or
    another log made the live ones: then they should differ. Otherwise somebody altered a row, or this program is at
    fault: what differs is named, nothing is changed, and the exit code is 3. Look at it; a row that was altered is
    repaired with --anyway, for the log is what is true. The digests of what is live then are printed.

    What was found and done becomes a fact (`mcsc report certificates`), where you may record and nothing else is
    recording; otherwise the command that records it is printed.
    """
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    by_name = {one.name: one for one in ALL_VIEWS}
    if everything == (view is not None) or (view is not None and view not in by_name):
        raise Stop(f"Name one read model ({', '.join(by_name)}) or --all.", USAGE)
    kinds = ALL_VIEWS if everything else (by_name[str(view)],)
    with ended_as_by_ctrl_c(), closing(existing(data)[1]) as database:
        ensure(database, [one() for one in ALL_VIEWS])
        certificates = _made_anew(database, kinds, anyway=anyway)
        catch_up(database, [kind() for kind in kinds])
    made = [one for one in certificates if one.outcome != "DIFFERS"]
    rows = [row for one in made for row in _rows(one.view, one.position, one.tables)]
    table("Made anew", NAMES, rows, numbers=("position", "rows"))
    if certify:
        _certify(data, "REBUILD", certificates, who)
    if refused := [one.view for one in certificates if one.outcome == "DIFFERS"]:
        names = ", ".join(refused)
        raise Stop(
            f"Not swapped: {names}. The rows made anew are not those that are live, which are kept. Where somebody"
            " altered them, --anyway puts them right.",
            BROKEN,
        )


def _made_anew(database: "Database", kinds: "Sequence[type[View]]", *, anyway: bool) -> "list[Certificate]":
    """Make read models anew, together; of each what is live then, and whether it is what was live before."""
    from projections.engine.checking import Agreement, Differs, live
    from projections.engine.runner import rebuild_all

    agreements = {kind: Agreement(kind, anyway=anyway) for kind in kinds}
    refused: set[type[View]] = set()

    def may_fail(kind: "type[View]", error: Exception) -> bool:
        if isinstance(error, Differs):
            refused.add(kind)
            for line in _lines(error.compared):
                click.echo(line)
        return kind in refused

    with Progress(kinds[0].name if len(kinds) == 1 else "facts read") as progress:
        rebuild_all(database, kinds, progress, agree=agreements, may_fail=may_fail)
    certificates = []
    for kind, agreement in agreements.items():
        different = 0 if agreement.compared is None else agreement.compared.different
        outcome: Outcome = "DIFFERS" if kind in refused else "MADE_ANEW"
        if agreement.compared is not None and not different:
            outcome = "AGREES"
        now = live(database, kind)
        place = {"view": now.view, "version": now.version, "position": now.position, "root": now.root}
        certificates.append(_certificate(place, outcome, different, now.digests))
    return certificates
