"""The same command for a terminal.

curl_line    with curl, over HTTP
record_line  for `mcsc record`
"""

import json
import re
import shlex

import msgspec

from api.http.recording import Recording
from ledger.decider import Command


def curl_line(base: str, recording: Recording, command: Command, key: str, delegation: str | None = None) -> str:
    """The command with curl: the key stands in MCSC_KEY."""
    said = msgspec.to_builtins(command)
    said.pop("command", None)
    path = re.sub(r"{(\w+):str}", lambda named: str(said.pop(named[1])), recording.path)
    body = json.dumps(said, ensure_ascii=False)
    return (
        f'curl -X POST {shlex.quote(base + path)} -H "Authorization: Bearer $MCSC_KEY"'
        f" -H 'Content-Type: application/json' -H {shlex.quote(f'Idempotency-Key: {key}')}"
        + (f" -H {shlex.quote(f'Delegation: {delegation}')}" if delegation else "")
        + f" -d {shlex.quote(body)}"
    )


def record_line(command: Command, delegation: str | None = None) -> str:
    """The command for `mcsc record`."""
    said = json.dumps(msgspec.to_builtins(command), ensure_ascii=False)
    return f"echo {shlex.quote(said)} | mcsc record" + (
        f" --delegation {shlex.quote(delegation)}" if delegation else ""
    )
