"""Which documents want a tax invoice (发票), which credit notes a red-letter one, and what would it say?

fapiao_requests   of every document and note on a basis that is taxed and lacks its own, by document
FapiaoRequest     one tax invoice that is to be issued; `lacks`: what has to be on record, or set, before it can be
Item              what a charge is in the tax authority's classification of goods and services, as it is set

Amounts are those of the document, to the fen. A real-estate lease (special type 06 of fully digitalized tax invoices)
also names each place let, its certificate, and the days. What others billed before a takeover is no request of ours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.facts import Credited, Issued
from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn
from ledger.billing.invoicing.lacking import tax_invoices
from ledger.billing.lines import Charge, DocumentLine, net_of_lines, vat_of_lines
from ledger.billing.taking_over.facts import InvoiceTakenOver
from ledger.decider import Fact, all_facts, standing, stored_name
from ledger.estate.estate import Building, evolve_building
from ledger.estate.facts import BuildingCorrected, BuildingDefined, EstateStepWithdrawn
from ledger.leases.lease import Lease
from ledger.leases.schedule import terms_on
from ledger.log import store
from ledger.log.envelope import Entry, decode
from ledger.values.money import vat_on, written
from projections.companies.register import CompanyRow, all_companies
from projections.engine.basis import Basis
from projections.engine.timeline import as_of
from projections.receivables.documents import Documents, documents
from projections.tenancy.leases import lease_states
from projections.tenancy.units import units

AT_ONCE = 500
"""Documents whose facts are read at once."""

Missing = Literal["BUYER", "ITEM", "LEASE", "LOCATION", "NAME", "NOTE_IN_REVERSE", "TITLE", "USCC", "VAT"]
"""What a request may lack:

BUYER            the company is not on record
ITEM             no item of the classification is set for the charge
LEASE            no unit of the lease is on record for its days
LOCATION         the region and address of a building
NAME             the buyer's name
NOTE_IN_REVERSE  the credit note takes back another: no file says that
TITLE            the certificate of a building, or that there is none
USCC             the buyer's unified social credit code
VAT              a line's tax is not its net at its rate, as the platform works it out
"""


class Item(Struct, frozen=True):
    """An item of the classification: its code of 19 digits, and what the invoice calls it."""

    code: str
    name: str

    @property
    def of_lease(self) -> bool:
        """Tell the lease of real estate (304050202), which is special type 06, from other items; parking is none."""
        return self.code.startswith("304050202") and not self.code.startswith("30405020202")


class Lack(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a request lacks, and the thing of which: a company, a charge, a building."""

    code: Missing
    of: str


class RequestedLine(Struct, frozen=True, kw_only=True):
    """A line of a tax invoice that is to be issued: one piece at its net. Amounts in CNY; `vat_rate` as a share."""

    from_on: date
    until_on: date
    net: str
    vat_rate: str
    vat: str


class LetPlace(Struct, frozen=True, kw_only=True):
    """A unit that a lease lets, as special type 06 names it."""

    unit: str
    building: str
    region: str | None
    address: str | None
    title_certificate: str | None


class FapiaoRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tax invoice that is to be issued. Amounts in CNY, without a sign for red-letter ones too.

    serial        the position of the fact that issued the document or note: the request's name at the platform
    credit_note   of a red-letter one: the note that it is of; corrects: the number of the tax invoice that it corrects
    item          what it is of; None where none is set for the charge
    places        what is let, where the item is a lease of real estate
    positions     the facts behind it
    """

    serial: int
    document: str
    credit_note: str | None = None
    corrects: str | None = None
    company: str
    buyer: str | None
    uscc: str | None
    lease: str | None
    charge: Charge
    issued_on: date
    item: Item | None
    lines: tuple[RequestedLine, ...]
    places: tuple[LetPlace, ...] = ()
    net: str
    vat: str
    gross: str
    lacks: tuple[Lack, ...] = ()
    positions: tuple[int, ...]
    data_class: str


class FapiaoRequests(Struct, frozen=True, kw_only=True):
    """Every request on a basis; the sums of those that lack nothing, and how many there are of either."""

    rows: tuple[FapiaoRequest, ...]
    ready: int
    lacking: int
    net: str
    vat: str
    gross: str


def fapiao_requests(
    connection: Connection,
    basis: Basis,
    items: Mapping[str, Item],
    *,
    from_on: date | None = None,
    company: str | None = None,
) -> FapiaoRequests:
    """Every request of documents issued from a day on, or of one company, by document and then in the order recorded.

    items   by charge
    """
    asked = _Asked(connection, basis, items)
    rows = [row for some in _batches(_named(connection, basis, from_on, company)) for row in asked.requests(some)]
    ready = [row for row in rows if not row.lacks]
    net, vat = (sum(sign_of(row) * _minor(getattr(row, name)) for row in ready) for name in ("net", "vat"))
    return FapiaoRequests(
        rows=tuple(rows),
        ready=len(ready),
        lacking=len(rows) - len(ready),
        net=written(net),
        vat=written(vat),
        gross=written(net + vat),
    )


def sign_of(row: FapiaoRequest) -> int:
    """Tell whether a request asks for more tax, or, red, takes some back (-1)."""
    return 1 if row.credit_note is None else -1


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


def _named(connection: Connection, basis: Basis, from_on: date | None, company: str | None) -> Iterator[str]:
    """The documents issued on that basis, by name."""
    query = as_of(Documents, effective=basis.effective, recorded=basis.recorded)
    query = query.where(documents.c.issued_on.is_not(None)).order_by(documents.c.invoice)
    if from_on is not None:
        query = query.where(documents.c.issued_on >= from_on)
    if company is not None:
        query = query.where(documents.c.company == company)
    yield from connection.execute(query.with_only_columns(documents.c.invoice)).scalars().all()


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    listed = list(names)
    return (listed[at : at + AT_ONCE] for at in range(0, len(listed), AT_ONCE))


def _taxing() -> list[str]:
    """The stored names of facts that issue, credit or number a document."""
    kinds = (Issued, Credited, FapiaoIssued, FapiaoWithdrawn)
    return [name for name, kind in all_facts().items() if issubclass(kind, kinds)]


class _Asked:
    """The requests of some documents after others; what they name is read once."""

    def __init__(self, connection: Connection, basis: Basis, items: Mapping[str, Item]) -> None:
        self._connection, self._basis, self._items = connection, basis, items
        self._companies = {row.company: row for row in all_companies(connection, basis)}
        self._leases = {lease.lease: lease for lease in lease_states(connection, basis)}
        self._buildings = {row.unit: row.building for row in units(connection, basis)}
        self._houses: dict[str, Building] = {}

    def requests(self, names: Sequence[str]) -> Iterator[FapiaoRequest]:
        """The requests of these documents."""
        found: dict[str, list[Entry]] = {name: [] for name in names}
        for entry in self._facts([f"invoice:{name}" for name in names], _taxing()):
            invoice = getattr(entry.fact, "invoice", None)
            if invoice in found:
                found[invoice].append(entry)
        for entries in found.values():
            yield from self._of_document(standing(entries, lambda entry: entry.fact))

    def _facts(self, tags: Sequence[str], names: Sequence[str]) -> list[Entry]:
        """The facts of these names that carry a tag on the basis, in the order recorded."""
        envelopes = store.envelopes_by_tags(self._connection, tags, names, up_to=self._basis.recorded)
        entries = map(decode, envelopes)
        return [entry for entry in entries if entry.fact.effective_on <= self._basis.effective]

    def _of_document(self, entries: Sequence[Entry]) -> Iterator[FapiaoRequest]:
        first = next((entry for entry in entries if isinstance(entry.fact, Issued)), None)
        if first is None or isinstance(first.fact, InvoiceTakenOver):
            return
        issued, positions = first.fact, tuple(entry.position for entry in entries)
        assert isinstance(issued, Issued), "it is one"
        facts = [entry.fact for entry in entries]
        stand = tax_invoices(issued, [fact for fact in facts if isinstance(fact, Credited | FapiaoIssued)])
        if vat_of_lines(stand.lines):
            yield self._request(first, issued, stand.lines, positions)
        at = {entry.fact.credit_note: entry for entry in entries if isinstance(entry.fact, Credited)}
        for note in stand.lacking:
            if note.vat_minor:
                number = stand.standing.number if stand.standing else None
                yield self._request(at[note.credit_note], issued, note.lines, positions, note, number)

    def _request(
        self,
        entry: Entry,
        issued: Issued,
        lines: tuple[DocumentLine, ...],
        positions: tuple[int, ...],
        note: Credited | None = None,
        corrects: str | None = None,
    ) -> FapiaoRequest:
        buyer, item = self._companies.get(issued.company), self._items.get(issued.charge)
        places = self._places(issued, lines) if item is not None and item.of_lease and note is None else ()
        net, vat = net_of_lines(lines), vat_of_lines(lines)
        lacks = [*_lacks_of(issued, buyer, item), *_lacks_in(lines, note.credit_note if note else issued.invoice)]
        if item is not None and item.of_lease and note is None:
            lacks += _lacks_at(issued, places)
        return FapiaoRequest(
            serial=entry.position,
            document=issued.invoice,
            credit_note=note.credit_note if note else None,
            corrects=corrects,
            company=issued.company,
            buyer=(buyer.name_zh or buyer.name) if buyer else None,
            uscc=buyer.uscc if buyer else None,
            lease=issued.lease,
            charge=issued.charge,
            issued_on=entry.fact.effective_on,
            item=item,
            lines=tuple(map(_line, lines)),
            places=places,
            net=written(net),
            vat=written(vat),
            gross=written(net + vat),
            lacks=tuple(lacks),
            positions=positions,
            data_class=entry.data_class,
        )

    def _places(self, issued: Issued, lines: Sequence[DocumentLine]) -> tuple[LetPlace, ...]:
        """The units that the lease lets on the first day of the lines."""
        lease = self._leases.get(issued.lease or "")
        names = _units_on(lease, min(line.from_on for line in lines)) if lease and lines else ()
        return tuple(self._place(name) for name in names)

    def _place(self, unit: str) -> LetPlace:
        building = self._buildings.get(unit) or ""
        house = self._house(building)
        return LetPlace(
            unit=unit,
            building=building,
            region=house.region,
            address=house.address,
            title_certificate=house.title_certificate,
        )

    def _house(self, building: str) -> Building:
        """A building as its definition and corrections tell: by the day since when they hold, and then as recorded."""
        if building not in self._houses:
            facts = self._facts([f"building:{building}"], _located())
            found = Building(building=building)
            facts = standing(facts, lambda entry: entry.fact)
            for entry in sorted(facts, key=lambda entry: (entry.fact.effective_on, entry.position)):
                if isinstance(entry.fact, BuildingDefined | BuildingCorrected):
                    found = evolve_building(found, entry.fact)
            self._houses[building] = found
        return self._houses[building]


def _located() -> list[str]:
    kinds: tuple[type[Fact], ...] = (BuildingDefined, BuildingCorrected, EstateStepWithdrawn)
    return [stored_name(kind) for kind in kinds]


def _units_on(lease: Lease, on: date) -> tuple[str, ...]:
    """The units that a lease lets on a day."""
    terms = terms_on(lease, on)
    if terms is None:
        return ()
    let = (
        one.unit
        for one in terms.premises
        if (one.from_on is None or one.from_on <= on) and (one.until_on is None or on <= one.until_on)
    )
    return tuple(dict.fromkeys(let))


def _line(line: DocumentLine) -> RequestedLine:
    return RequestedLine(
        from_on=line.from_on,
        until_on=line.until_on,
        net=written(line.net_minor),
        vat_rate=line.vat_rate,
        vat=written(line.vat_minor),
    )


def _lacks_of(issued: Issued, buyer: CompanyRow | None, item: Item | None) -> Iterator[Lack]:
    """List what is not known of the buyer and of what is billed."""
    if buyer is None:
        yield Lack(code="BUYER", of=issued.company)
    else:
        if not (buyer.name_zh or buyer.name):
            yield Lack(code="NAME", of=issued.company)
        if buyer.uscc is None:
            yield Lack(code="USCC", of=issued.company)
    if item is None:
        yield Lack(code="ITEM", of=issued.charge)


def _lacks_in(lines: Sequence[DocumentLine], of: str) -> Iterator[Lack]:
    """List what keeps the amounts from being said at the platform, which works out the tax of each line itself."""
    if any(line.net_minor < 0 or line.vat_minor < 0 for line in lines):
        yield Lack(code="NOTE_IN_REVERSE", of=of)
    elif any(vat_on(line.net_minor, line.vat_rate) != line.vat_minor for line in lines):
        yield Lack(code="VAT", of=of)


def _lacks_at(issued: Issued, places: Sequence[LetPlace]) -> Iterator[Lack]:
    """List what special type 06 wants and is not known of what is let."""
    if not places:
        yield Lack(code="LEASE", of=issued.lease or issued.invoice)
    for building in dict.fromkeys(place.building for place in places):
        at = next(place for place in places if place.building == building)
        if at.region is None or at.address is None:
            yield Lack(code="LOCATION", of=building)
        if at.title_certificate is None:
            yield Lack(code="TITLE", of=building)
