"""The ideas every context is made of.

Fact      what happened: immutable, named for ever, tagged with every thing it touches
Command   what somebody asks for: a request in the imperative, decoded straight from their input
Refusal   a rule said no: a stable code and a sentence for the person who asked
Part      some commands of a context: how each is decided, what it must see, and how its facts move things on
Decider   scope(command) -> the tags it must see; evolve(state, fact) -> state; decide(state, command, by) -> facts
Withdrawn what says that an earlier fact was recorded by mistake; standing() strikes out what was withdrawn
Withdrawing how the steps of a context are withdrawn: one decision, on everything that stands
said      what a command says of a fact, to be held against what facts said: the one way to find that it is so already

A context never reads a clock, makes an identifier or touches a database: all three arrive from outside, so the same
facts and the same command always give the same answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, reduce
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import astuple, replace

DataClass = Literal["LIVE", "PUBLIC_FACT", "FICTIONAL"]
"""What a fact is about: real business, a published statement, or an invented example (domain: never mixed silently)."""

Id = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 63."),
]
"""An identifier people choose and read aloud, such as `sunfield-demo`."""

Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=r"^(?=.*\S)[^\x00-\x1f\x7f]*$(?!\n)",
        description="One line of writing, not blank, without control characters.",
    ),
]
"""Free text. PostgreSQL cannot store a NUL; a line break would break lists and exports."""

PERSONAL_ERASED = "personal:erased"
"""On every fact that erases a person's data (`Fact.erases`)."""

StepName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$(?!\n)",
        max_length=80,
        description="The stored name of a step: lease.commenced, order.delivered.",
    ),
]
"""How a withdrawal names what it takes back."""


class Fact(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="fact", gc=False
):
    """Something that happened. Names are storage: give every concrete fact an explicit `tag="context.fact-name"`.

    Evolve a fact only by adding optional fields; a stored byte is never rewritten. `frozen` and `kw_only` are not
    inherited by a Struct's constructor: repeat both on every subclass. `gc=False`: facts hold no cycles, and a rebuild
    makes so many that looking through them for some took a quarter of its time.
    """

    tag_fields: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ()
    withdraws: ClassVar[bool] = False
    effective_on: date

    @property
    def asked(self) -> tuple[Any, ...]:
        """The content that was asked for, without what the state added (`derived`): equal for a command sent twice."""
        if not self.derived:
            return (type(self), *astuple(self))
        return (type(self), *(getattr(self, name) for name in self.__struct_fields__ if name not in self.derived))

    @property
    def topic(self) -> tuple[Any, ...]:
        """The subject whose latest value this fact sets. Facts that only add up are their own subject."""
        return self.asked

    @property
    def erases(self) -> str | None:
        """Whose personal data nobody can read once this is recorded: the subject whose key is destroyed."""
        return None

    def takes_back(self, fact: "Fact") -> bool:
        """Tell whether this fact says that an earlier one was recorded by mistake; only where `withdraws`."""
        return False

    @property
    def tags(self) -> tuple[str, ...]:
        """Every thing this fact touches, as `field:value`; rules find their facts by these."""
        pairs = ((field, getattr(self, field)) for field in self.tag_fields)
        return tuple(f"{field}:{value}" for field, value in pairs if value is not None)


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="command"):
    """Something somebody asks for. Its tag is the name it has on the wire and in the command line.

    `put_right` says how what it recorded is put right, in Markdown; empty where that is not written down yet.
    `personal` names the fields that a person's data are in: sealed under that person's key before anything is decided.
    Each command, or its context's base, says the kind of its date: `effective_on: Happened` (ledger/values/days.py).
    """

    put_right: ClassVar[str] = ""
    personal: ClassVar[tuple[str, ...]] = ()
    effective_on: date

    @property
    def subject(self) -> str:
        """The person whom the fields in `personal` are about; only where there are some."""
        raise NotImplementedError(f"{type(self).__name__} names fields of a person's data, and not the person")

    @property
    def rests_on(self) -> int | None:
        """The position that its figures rest on: not after the ledger's head. None where it names none."""
        return None


class By(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The person who asked, in which role, and how we know: part of every fact's sealed envelope.

    method   api-key   over HTTP, with a key; `token` is its id
             oidc      over HTTP, with an OpenID provider's token; `token` is its issuer, `#`, and its subject for them
             key       on the command line, with a key; `token` is its id
             os-user   on the command line, logged in as the user of the operating system in `token`
             named     on the command line, by a name that nothing proves, where MCSC_TRUST_NAMES=1 says so
             cli       on the command line, by a name that nothing proves: so until names were asked to prove themselves
             library   a program that records in its own process; demo: the demonstration's invented people

    delegation, in_stead_of   what lets them approve in another's stead, and who that is: filled in where it is recorded
    """

    actor: str
    role: str
    method: str = "cli"
    token: str | None = None
    request: str | None = None
    delegation: str | None = None
    in_stead_of: str | None = None


class Refusal(Exception):
    """A rule said no. Nothing was recorded, and asking again unchanged gives the same answer.

    Refusal
    ├── kind "unknown"    the thing named does not exist
    ├── kind "conflict"   it exists already, or somebody else holds it
    └── kind "rule"       it exists, but a rule of the business forbids this step
    """

    code: ClassVar[str]
    kind: ClassVar[Literal["unknown", "conflict", "rule"]] = "rule"

    def __init__(self, detail: str, *, field: str | None = None, faults: "tuple[Fault, ...]" = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.faults = faults


class Fault(Struct, frozen=True):
    """One of several things that a command is refused for: the field, the code of the rule, and what it says."""

    field: str
    code: str
    detail: str


class PositionUnknown(Refusal):
    """The figures rest on a position that nothing is recorded at yet."""

    code = "position-unknown"
    kind = "unknown"


C = TypeVar("C", bound=Command)
S = TypeVar("S")
E = TypeVar("E")

Asked = Mapping[tuple[Any, ...], tuple[Any, ...]]
"""What was asked and still stands, by topic."""


def remember(asked: Asked, fact: Fact) -> Asked:
    """Remember what one more fact was asked for: it takes the place of an earlier one on its topic."""
    return {**asked, fact.topic: fact.asked}


def said(kind: type[Fact], command: Command, **given: Any) -> tuple[Any, ...]:
    """Put what a command says of a fact in the form of `Fact.asked`; `given`: fields that it says in other words.

    A command is already so where this is what the latest fact on the topic was asked for. To be asked once for each
    decision, before any rule that depends on the state: what was recorded already is no error, whatever came after;
    but an id of banking, payments or journals that was taken back is spent, and is asked for first.
    """
    names = [name for name in kind.__struct_fields__ if name not in kind.derived]
    return (kind, *(given[name] if name in given else getattr(command, name) for name in names))


class Withdrawn(Fact, frozen=True, kw_only=True):
    """A fact that says of an earlier one that it was recorded by mistake. Each context has one, by a name of its own.

    `effective_on` is the withdrawn fact's, `step` its stored name and `touched` its tags: whoever saw it sees this.
    Facts that post are never withdrawn but mirrored: the books keep both (docs/decisions/0014-withdrawn-facts.md).

    `thing` is the field that names the thing, of this fact and of the withdrawn one.
    """

    withdraws: ClassVar[bool] = True
    derived: ClassVar[tuple[str, ...]] = ("touched",)
    thing: ClassVar[str] = ""
    step: str
    reason: Text
    touched: tuple[str, ...]

    @staticmethod
    def about_of(fact: Fact) -> str | None:
        """The word that tells a fact from others of its name and date; None where there is only one."""
        return getattr(fact, "about", None)

    def is_of(self, fact: Fact) -> bool:
        """Tell whether a fact has that name and date, and is about that thing, and that of it."""
        named = (stored_name(type(fact)), fact.effective_on) == (self.step, self.effective_on)
        same = getattr(fact, self.thing, None) == getattr(self, self.thing, None)
        return named and same and getattr(self, "about", None) in (None, self.about_of(fact))

    def takes_back(self, fact: Fact) -> bool:
        """The fact of that name and date about the same things."""
        return self.is_of(fact) and set(fact.tags) == set(self.touched)

    @property
    def tags(self) -> tuple[str, ...]:
        """Those of the withdrawn fact."""
        return self.touched


T = TypeVar("T")


def standing(recorded: Iterable[T], fact_of: Callable[[T], Fact]) -> list[T]:
    """Strike out what was withdrawn: of things recorded, in order, those that still stand.

    Each withdrawal strikes out the latest fact that it takes back, and stays in itself. A state is always the fold of
    what stands, so a withdrawn fact is as if it had never been recorded, from the withdrawal's position on.
    """
    recorded = list(recorded)
    if not any(fact_of(entry).withdraws for entry in recorded):
        return recorded
    kept: list[T] = []
    for entry in recorded:
        fact = fact_of(entry)
        if fact.withdraws:
            at = next((at for at in reversed(range(len(kept))) if fact.takes_back(fact_of(kept[at]))), None)
            if at is not None:
                del kept[at]
        kept.append(entry)
    return kept


@dataclass(frozen=True)
class Part(Generic[S, E]):
    """Some commands of a context, and the facts they make: a room of the context's house.

    decide   command -> (state, command, who asks) -> the new facts; raises Refusal
    scope    command -> the tags it must see
    evolve   fact -> (the thing it is about, fact) -> the thing after it, in whatever order facts come; empty where one
             fold of the context serves all of its parts
    """

    decide: Mapping[type[Command], Callable[[S, Any, By], Sequence[Fact]]]
    scope: Mapping[type[Command], Callable[[Any], tuple[str, ...]]]
    evolve: Mapping[type[Fact], Callable[[E, Any], E]] = field(default_factory=dict)


def together(*parts: Part[S, E]) -> Part[S, E]:
    """All parts of a context as one: what each command and fact needs is in exactly one of them."""
    for name in ("decide", "scope", "evolve"):
        keys = [key for part in parts for key in getattr(part, name)]
        assert len(keys) == len(set(keys)), f"two parts {name} the same"
    assert all(part.decide.keys() == part.scope.keys() for part in parts), "every command has a scope"
    return Part(
        decide={command: decide for part in parts for command, decide in part.decide.items()},
        scope={command: scope for part in parts for command, scope in part.scope.items()},
        evolve={fact: evolve for part in parts for fact, evolve in part.evolve.items()},
    )


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """One context's behaviour. `evolve` never refuses, `decide` never mutates, and no facts means "already so".

    scope(command)              the tags whose facts the decision must see, and which nobody else may change meanwhile
    evolve(state, fact)         the state after one more fact, in the order recorded
    decide(state, command, by)  the new facts, in order; raises Refusal
    fold(state, facts)          evolve over many facts, where a context can do that in less time; `folded` asks either
    stands_in                   of delegations alone: (name -> scope of one; (state, command, by, today) -> in whose
                                stead that is, or Refusal)
    common                      tags of many scopes, as the periods's: their facts carry no other tag of a scope, and
                                the state is the same where they are folded first, so that is done once for all scopes
    """

    commands: tuple[type[Command], ...]
    initial: S
    scope: Callable[[C], tuple[str, ...]]
    evolve: Callable[[S, Fact], S]
    decide: Callable[[S, C, By], Sequence[Fact]]
    common: frozenset[str] = frozenset()
    fold: Callable[[S, Sequence[Fact]], S] | None = None
    stands_in: tuple[Callable[[str], tuple[str, ...]], Callable[[S, Command, By, date], By]] | None = None

    def folded(self, state: S, facts: Sequence[Fact]) -> S:
        """The state after more facts, in the order recorded."""
        return self.fold(state, facts) if self.fold is not None else reduce(self.evolve, facts, state)


# Withdrawing

LISTED = 10
"""The steps that a refusal lists."""

Standing = tuple[Fact, ...]
"""Everything in the scope of a withdrawal that stands, of whatever context, in the order recorded."""


def keep(facts: Standing, fact: Fact) -> Standing:
    """Add one more fact to what stands."""
    return (*facts, fact)


def without(facts: Standing, step: Fact) -> Standing:
    """Leave a step out of what stands."""
    return tuple(fact for fact in facts if fact is not step)


def after(facts: Standing, step: Fact) -> Iterator[Fact]:
    """The facts recorded after a step, without withdrawals: nothing rests on those."""
    begun = False
    for fact in facts:
        if begun and not fact.withdraws:
            yield fact
        begun = begun or fact is step


def _nothing(*_: Any) -> None:
    """No more than every context asks."""


def _never(*_: Any) -> bool:
    return False


def _withdraw(_: Fact) -> str:
    return "withdraw that first"


def rests_on_it(fact: Fact, advice: str) -> str:
    """Say that a fact rests on what somebody wants to take back, and what to do first."""
    return f"{stored_name(type(fact))} of {fact.effective_on} ({fact.tags[0]}) rests on it; {advice}"


def others(resting: Sequence[Fact]) -> str:
    """List what else rests on a step than the one that goes first; nothing where there is no other."""
    return f"; all that rest on it, latest first: {listed(resting)}" if len(resting) > 1 else ""


def listed(facts: Sequence[Fact]) -> str:
    """List facts as a withdrawal names them, the latest first; no more than anybody reads."""
    shown = [f"{stored_name(type(fact))} of {fact.effective_on}" for fact in reversed(facts[-LISTED:])]
    return ", ".join(shown) + (f" and {len(facts) - LISTED} before them" if len(facts) > LISTED else "")


@dataclass(frozen=True, kw_only=True)
class Withdrawing:
    """The way in which the steps of a context are withdrawn (docs/decisions/0014-withdrawn-facts.md).

    The latest step of that name and date goes, if nothing rests on it. A command sent again takes back no second one:
    only what was recorded after its withdrawal is meant anew.

    Refusals, in order of precedence
    ├── what `explain` raises: its thing is not there
    ├── `unknown`      no such step stands, or several do and `about` does not say which
    ├── `not_latest`   something that stands rests on it, and goes first
    └── what `check` raises: without the step something would stand that no rule allows

    withdrawn             the fact that says so: its fields are the command's, and the tags of the step
    steps                 the facts that can be withdrawn
    unknown, not_latest   the refusals of the context
    rests                 (a later fact, step) -> whether it rests on the step, which then stays
    advice                (a fact that rests on the step) -> what to do first
    explain               (what stands, command) -> None; says more where no such step stands; raises Refusal
    check                 (what stands, step, command, who asks) -> None; what the context alone knows; raises Refusal
    """

    withdrawn: type[Withdrawn]
    steps: tuple[type[Fact], ...]
    unknown: type[Refusal]
    not_latest: type[Refusal]
    rests: Callable[[Fact, Any], bool] = _never
    explain: Callable[[Standing, Any], None] = _nothing
    check: Callable[[Standing, Any, Any, By], None] = _nothing
    advice: Callable[[Any], str] = _withdraw

    def decide(self, facts: Standing, command: Any, by: By) -> Sequence[Fact]:
        """Withdraw a step that nothing rests on; nothing where that was done already."""
        step = self.step(facts, command)
        if step is None:
            return ()
        if resting := [fact for fact in after(facts, step) if self.rests(fact, step)]:
            raise self.not_latest(self.first(resting[-1]) + others(resting), field="step")
        self.check(facts, step, command, by)
        return (replace(self._asked(command), touched=step.tags),)

    def decider(
        self,
        command: type[C],
        scope: Callable[[C], tuple[str, ...]],
        evolve: Callable[[Standing, Fact], Standing] = keep,
    ) -> Decider[C, Standing]:
        """The decider of the command that withdraws a step."""
        return Decider((command,), (), scope, evolve, self.decide)

    def step(self, facts: Standing, command: Any) -> Any:
        """The step that a command means; None where it was withdrawn by these words already. Raises Refusal."""
        asked = self._asked(command)
        withdrawals = (at for at, fact in enumerate(facts) if fact.withdraws and fact.asked == asked.asked)
        already = max(withdrawals, default=-1)
        found = [fact for fact in facts[already + 1 :] if isinstance(fact, self.steps) and asked.is_of(fact)]
        if not found:
            if already >= 0:
                return None
            self.explain(facts, command)
            named = getattr(command, asked.thing)
            stand = [fact for fact in facts if isinstance(fact, self.steps) and getattr(fact, asked.thing) == named]
            raise self.unknown(
                f"no {command.step} of {command.effective_on} of {named} stands that could be withdrawn"
                + (f"; what stands, latest first: {listed(stand)}" if stand else ""),
                field="step",
            )
        words = dict.fromkeys(str(asked.about_of(fact)) for fact in found)
        if len(words) > 1:
            raise self.unknown(f"say `about` which of these is meant: {', '.join(words)}", field="about")
        return found[-1]

    def first(self, resting: Fact) -> str:
        """Say that a fact rests on the step, and what to do first."""
        return rests_on_it(resting, self.advice(resting))

    def _asked(self, command: Any) -> Withdrawn:
        """The withdrawal as it is asked for: of which step's tags, the state says."""
        said = {name: getattr(command, name) for name in self.withdrawn.__struct_fields__ if name != "touched"}
        return self.withdrawn(**said, touched=())


# Names


def _descendants(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def stored_name(fact: type[Fact]) -> str:
    """The name a fact is stored under, such as `company.lead-registered`."""
    return str(fact.__struct_config__.tag)


@cache
def all_facts() -> dict[str, type[Fact]]:
    """Every concrete fact by its stored name, sorted by it, so that unions of them are the same in every process; call
    it only after the homes of facts are imported (`import ledger` does)."""
    found: dict[str, type[Fact]] = {}
    for fact in _descendants(Fact):
        name = stored_name(fact)
        if "." not in name:
            continue
        assert name not in found, f"two facts share the stored name {name}"
        found[name] = fact
    return dict(sorted(found.items()))


def command_name(command: type[Command]) -> str:
    """The name a command has on the wire, such as `register-lead`."""
    return str(command.__struct_config__.tag)
