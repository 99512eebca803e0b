"""Many threads, and on PostgreSQL two processes, want the same identifiers: one company per USCC, always."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from stdnum.cn import uscc

from ledger.companies.company import CompanyCommand
from ledger.companies.facts import CompanyRegistered
from ledger.companies.prospects import SCREENING_LISTS, QualifyCompany, RegisterLead, ScreenCompany
from ledger.companies.registration import RegisterCompany
from ledger.decider import Command
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.values.evidence import Evidence
from tests.ground.recorder_process import CLERK, children, done, race

THREADS = 8
CODES = 40
DAY = date(2024, 3, 1)
PAPER = Evidence(doc="invented document (demo)", sha256="0" * 64)


def code(number: int) -> str:
    """A sound USCC that cannot be a real company's: administrative division 000000 does not exist."""
    front = f"91000000FXRACE{number:03}"
    return front + str(uscc.calc_check_digit(front))


def rival(process: int, thread: int) -> str:
    return f"rival-{process}-{thread}"


def prospects(companies: Sequence[str]) -> list[CompanyCommand]:
    """What brings each company to the point of registering."""
    commands: list[CompanyCommand] = []
    for company in companies:
        commands += [
            RegisterLead(company=company, effective_on=DAY, name=f"{company} (demo)", country="CN", origin="DIRECT"),
            ScreenCompany(company=company, effective_on=DAY, result="CLEAR", lists=SCREENING_LISTS, evidence=PAPER),
            QualifyCompany(company=company, effective_on=DAY),
        ]
    return commands


def attempts(process: int, thread: int) -> list[Command]:
    """One company for each code; every thread of every process wants all the codes, in its own order."""
    return [
        RegisterCompany(
            company=f"{rival(process, thread)}-{(number + thread) % CODES}",
            effective_on=DAY,
            uscc=code((number + thread) % CODES),
            address="Meishan (demo)",
            licence=PAPER,
        )
        for number in range(CODES)
    ]


def test_one_company_per_uscc_from_eight_threads(database: Database) -> None:
    compete(database, processes=1)


def test_one_company_per_uscc_from_two_processes(postgres: Database) -> None:
    compete(postgres, processes=2)


def compete(database: Database, processes: int) -> None:
    """Let them race, then read the log: each code once, no position missing, nothing altered."""
    names = [
        f"{rival(process, thread)}-{number}"
        for process in range(processes)
        for thread in range(THREADS)
        for number in range(CODES)
    ]
    with Ledger(database, CONTEXTS) as ledger:
        for future in [ledger.submit(command, CLERK) for command in prospects(names)]:
            assert done(future.result()).facts

    results = children().Queue()
    racing = [
        children().Process(target=race, args=(database.where, [attempts(at, t) for t in range(THREADS)], results))
        for at in range(processes)
    ]
    for process in racing:
        process.start()
    counts = [results.get(timeout=120) for _ in racing]
    for process in racing:
        process.join()

    assert sum(accepted for accepted, _ in counts) == CODES
    assert sum(refused for _, refused in counts) == processes * THREADS * CODES - CODES
    size = verify(database).size
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=size + 1)
    assert [entry.position for entry in entries] == list(range(1, size + 1))
    holders = Counter(entry.fact.uscc for entry in entries if isinstance(entry.fact, CompanyRegistered))
    assert holders == {code(number): 1 for number in range(CODES)}
