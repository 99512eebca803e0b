"""A command that a form holds, recorded as whoever is signed in.

recorded   the form's command, with the fields that were typed -> where it stands
of_today   whether a page is of today, so that something can be recorded there

A form holds the command as JSON under `command`, an idempotency key under `key`, and what is typed by its own name.
"""

import json
from collections.abc import Mapping, Sequence

import msgspec

from api.console.pages import View, Visit
from api.console.sessions import key_in
from api.http.operations import not_allowed
from api.http.problems import Problem, of_not_done, of_refusal
from api.http.recording import Recording
from ledger.recording.outcome import Done, NotDone, Refused


async def recorded(
    visit: Visit, fields: Mapping[str, str], offered: Mapping[str, Recording], typed: Sequence[str] = ("reason",)
) -> str:
    """The position of what a form recorded; empty where it was so already. `offered`: the commands it may hold.

    Raises Problem: malformed, refused, not for this role, or not recorded in time.
    """
    by, recorder, key = visit.by, visit.desk.recorder, key_in(fields.get("key", ""))
    try:
        said = json.loads(fields.get("command", ""))
        recording = offered[said["command"]]
        added = {name: fields[name].strip() for name in typed if name in fields}
        command = msgspec.convert({**said, **added}, recording.command)
    except (ValueError, TypeError, KeyError, msgspec.ValidationError) as error:
        raise Problem("body-invalid", str(error) or visit.say("The form is not whole: reload the page.")) from None
    if not key:
        raise Problem("idempotency-key-missing", visit.say("The form is not whole: reload the page."))
    if by.role not in recording.roles:
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
