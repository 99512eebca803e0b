"""Connections are cut anywhere, and whoever was not answered asks again with the same key: nothing lost or doubled."""

import json
import random
import socket
import struct

from structlog.testing import capture_logs

from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD
from tests.ground.over_sockets import Served, on_sockets
from tests.torture.part import wrong

COMMANDS, CUTS_AT_LEAST = 100, 80
RESET = struct.pack("ii", 1, 0)
"""Close at once, whatever was not sent or read: the other end sees an error, as of a cut line."""


def asked(served: Served, number: int) -> bytes:
    body = json.dumps(LEAD | {"company": f"company-{number}-demo", "name": f"Company {number} (demo)"}).encode()
    head = {"Idempotency_Key": f"k-{number}", "Content_Type": "application/json", "Content_Length": len(body)}
    return served.head("POST /v1/companies", "deal_desk", **head) + body


def cut(served: Served, said: bytes, *, hard: bool) -> None:
    """Say this much, and be gone."""
    client = served.client(said)
    if hard:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def ask_through_cuts(database: Database, commands: int, seed: int) -> tuple[dict[int, int], int]:
    """Record so many commands on lines that are cut: number and position of each one acknowledged; how many cuts."""
    chance, acknowledged, cuts = random.Random(seed), dict[int, int](), 0
    with Ledger(database, CONTEXTS) as ledger, on_sockets(ledger) as served:
        for number in range(commands):
            said = asked(served, number)
            while number not in acknowledged:
                if chance.random() < 0.5:
                    whole = chance.random() < 0.6
                    cut(served, said if whole else said[: chance.randrange(len(said))], hard=chance.random() < 0.5)
                    cuts += 1
                    continue
                answer = served.client(said).answer()
                if answer.status == 201:
                    acknowledged[number] = json.loads(answer.body)["position"]
    return acknowledged, cuts


def test_whoever_is_cut_off_and_asks_again_records_once(database: Database) -> None:
    with capture_logs() as logs:
        acknowledged, cuts = ask_through_cuts(database, COMMANDS, 6)
    assert cuts >= CUTS_AT_LEAST
    assert wrong(database, acknowledged) == []
    assert [line for line in logs if line["log_level"] == "error"] == []
