"""A command that a form holds, recorded as whoever is signed in.

recorded   the form's command, with the reason that was typed -> where it stands
asked_of, asked_anew   what the page was asked for of which a form is; what its time bar asks for
reason_typed   a reason, which is not empty
of_today   whether a page is of today, so that something can be recorded there

A form holds the command as JSON under `command`, an idempotency key under `key`, and the reason under `reason`.
"""

import json
from collections.abc import Collection, Mapping

import msgspec

from api.console.pages import View, Visit
from api.console.sessions import key_in
from api.console.words.refusing import InWords
from api.http.decoding import check_command
from api.http.operations import may, not_allowed
from api.http.problems import of_not_done, of_refusal
from api.http.recording import Recording
from ledger.recording.outcome import Done, NotDone, Refused

ASKED = "asked_"
"""How a form names what its page was asked for, so that it is asked so again."""
REASON = "reason."
"""How the fields begin in which reasons are typed, before what each is of."""


def asked_of(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Tell what the page was asked for, of which the form is."""
    return [(name.removeprefix(ASKED), value) for name, value in fields.items() if name.startswith(ASKED)]


def asked_anew(fields: Mapping[str, str], names: Collection[str]) -> dict[str, str] | None:
    """Tell what its time bar asks the page for, of these names; None where that is what it shows."""
    before = dict(asked_of(fields))
    bar = {name: text for name in names if (text := fields.get(name, "").strip())}
    shown = {name: text for name, text in before.items() if name in names}
    return None if bar == shown else {**{name: text for name, text in before.items() if name not in names}, **bar}


def reason_typed(visit: Visit, text: str) -> str:
    """A reason as it is recorded. Raises Problem where none is typed."""
    if not text.strip():
        raise InWords("body-invalid", visit.say("Say why: the reason is empty."))
    return text.strip()


async def recorded(visit: Visit, fields: Mapping[str, str], offered: Mapping[str, Recording]) -> str:
    """The position of what a form recorded; empty where it was so already. `offered`: the commands it may hold.

    Raises Problem: malformed, refused, not for this role, or not recorded in time.
    """
    by, recorder, key = visit.by, visit.desk.recorder, key_in(fields.get("key", ""))
    try:
        said = json.loads(fields.get("command", ""))
        recording = offered[said["command"]]
        reason = {"reason": fields["reason"]} if "reason" in fields else {}
        command = msgspec.convert({**said, **reason}, recording.command)
    except (ValueError, TypeError, KeyError, RecursionError, msgspec.ValidationError) as error:
        raise InWords("body-invalid", visit.say("The form is not whole: reload the page.")) from error
    check_command(command)
    if not key:
        raise InWords("idempotency-key-missing", visit.say("The form is not whole: reload the page."))
    if not may(by, recording.roles, approves=recording.approves):
        recorder.refused(command, by, "not-allowed")
        raise not_allowed(by.role, recording.roles)
    try:
        answer = await recorder.record(command, by, key=key, data_class=recording.about(recorder))
    except NotDone as error:
        raise of_not_done(error) from error
    if isinstance(answer.outcome, Refused):
        raise of_refusal(answer.outcome)
    return str(answer.outcome.position) if isinstance(answer.outcome, Done) else ""


def of_today(visit: Visit, view: View) -> bool:
    """Tell whether a page is of today with all that is recorded, whatever was recorded while it was made."""
    return "recorded" not in visit.asked and str(view.basis.effective or view.today) == view.today
