"""Every wait has an end: what waits for another process, thread, socket or client says for how long, or is named here
with what ends it. A new one that does neither fails, and so does a name that is no longer needed."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_tidy import ROOT, SOURCES

LIFE = "it waits for work: who asks meanwhile is not kept, and its process ends without it"
ANSWERED = "a ledger answers all it took: here each of its waits ends, elsewhere Beside and the door notice silence"
DONE = "it is done by then"
FORM = "the body has come, within body_seconds_max (bodies.py)"
TEXT = "it asks nobody: it writes a text"
PASSED = "who is called here is written here, and looked at there"
NOTHING = "nothing is waited for while it is held"

ENDED_BY = {
    "api/app.py _running.running: await asyncio.to_thread(_start, parts)": "BEATS_MISSED_STARTING, and LOG_WAIT_S",
    "api/app.py _running.running: await asyncio.to_thread(_stop, parts)": "each part has its own: STOP_S, LAST_S",
    "api/cli/billing.py _foretold: answer.result()": ANSWERED,
    "api/cli/billing.py _tell: answer.result()": ANSWERED,
    "api/cli/display.py table: captured.get()": "no queue: what was written on a console",
    "api/cli/recording.py _record_together: asking.result()": ANSWERED,
    "api/cli/recording.py _tell: line.answer.result()": ANSWERED,
    "api/cli/serving.py beside: ours.recv()": "its waits have their own, and its end closes the line",
    "api/cli/serving.py run: starting.result()": "BEATS_MISSED_STARTING, and LOG_WAIT_S",
    "api/console/audit.py Verifier.begin: asyncio.to_thread(self._check)": "the page waits two seconds for it",
    "api/console/books/uploads.py _once_more: await course.preview(visit, said, data)": PASSED,
    "api/console/books/uploads.py told_or_wrong: await asked": PASSED,
    "api/console/handbook.py handbook_routes.contents: await asyncio.to_thread(made)": TEXT,
    "api/console/handbook.py handbook_routes.group: await asyncio.to_thread(made)": TEXT,
    "api/console/handbook.py handbook_routes.shape: await asyncio.to_thread(made)": TEXT,
    "api/console/pages.py _answered: await asyncio.to_thread(_written, visit, made)": TEXT,
    "api/console/pages.py _fields: await request.body()": FORM,
    "api/console/pages.py _shown_again: await again(visit, typed, said)": PASSED,
    "api/console/pages.py form.make: await again(visit, fields, visit.say(ANEW))": PASSED,
    "api/console/pages.py form.make: await take(visit, fields)": PASSED,
    "api/console/pages.py upload.make: await again(visit, typed, visit.say('Choose a file first.'))": PASSED,
    "api/console/pages.py upload.make: await again(visit, typed, visit.say(ANEW))": PASSED,
    "api/console/pages.py upload.make: await file.read()": FORM,
    "api/console/pages.py upload.make: await one.read()": FORM,
    "api/console/pages.py upload.make: await take(visit, Sent(name=file.filename, data=await file.read(), "
    "fields=typed, beside=beside))": PASSED,
    "api/console/pages.py upload.make: await visit.request.form()": FORM,
    "api/console/audit.py _export: await export_handed_over(desk.reader, desk.database, desk.settings, visit.request, "
    "shaped(visit.pairs, AuditQuery))": PASSED,
    "api/console/record/intake/taking.py _previewed: await kind.read(visit, fields, data)": PASSED,
    "api/console/record/intake/taking.py _previewed: await kind.tables(visit, told, facts)": PASSED,
    "api/console/reports/pages.py look: await (reader.receipt(read, query) if explains(query) else reader.find(read, "
    "query, {}))": PASSED,
    "api/demo/unfolding.py _all_done: answer.result()": ANSWERED,
    "api/entrance/admission.py Admission.__call__: await self._app(scope, receive, send)": PASSED,
    "api/entrance/admission.py Admission._let_in: await self._app(scope, counting, send)": PASSED,
    "api/entrance/admission.py _tell_busy: await send({'type': 'http.response.body', 'body': body, 'more_body': "
    "False})": "unread_seconds_max (server.py)",
    "api/entrance/admission.py _tell_busy: await send({'type': 'http.response.start', 'status': problem.status, "
    "'headers': headers})": "unread_seconds_max (server.py)",
    "api/entrance/authentication.py Authentication.handle: await next_app(scope, receive, send)": PASSED,
    "api/entrance/compressing.py Compressing.__call__: await self._app(scope, receive, answer.taking)": PASSED,
    "api/entrance/compressing.py Compressing.__call__: await self._app(scope, receive, send)": PASSED,
    "api/entrance/compressing.py _Answer._begin: await self._send(message)": "unread_seconds_max (server.py)",
    "api/entrance/compressing.py _Answer._begin: await self._send(start)": "unread_seconds_max (server.py)",
    "api/entrance/compressing.py _Answer._begin: await self._send({'type': 'http.response.body', 'body': body, "
    "'more_body': False})": "unread_seconds_max (server.py)",
    "api/entrance/compressing.py _Answer._pass_on: await self._send({'type': 'http.response.body', 'body': body, "
    "'more_body': more})": "unread_seconds_max (server.py)",
    "api/entrance/compressing.py _Answer.taking: await self._send(message)": "unread_seconds_max (server.py)",
    "api/entrance/compressing.py _away: await asyncio.to_thread(partial(pack, data))": TEXT,
    "api/entrance/provider.py Provider.__init__: threading.Lock()": "whoever waits for it does so for 2 * FETCH_S",
    "api/entrance/watching.py Watching.__call__: await self._app(scope, receive, send)": PASSED,
    "api/entrance/watching.py Watching.__call__: await self._app(scope, receive, sending)": PASSED,
    "api/entrance/watching.py Watching.__call__.sending: await send(message)": PASSED,
    "api/http/access_log.py AccessLog._sent: await send(message)": "unread_seconds_max (server.py)",
    "api/http/access_log.py AccessLog.refused: _path.get()": "no queue: a variable of this request",
    "api/http/bodies.py Bodies.handle: await next_app(scope, body.receive, send)": PASSED,
    "api/http/bodies.py Bodies.handle: await next_app(scope, receive, send)": PASSED,
    "api/http/bodies.py _Body.receive: await self._receive()": "the body is whole: it waits for the client's end, as "
    "long as an answer is being sent",
    "api/http/deadlines.py : threading.Lock()": "held for a few steps",
    "api/http/deadlines.py patiently: await asyncio.to_thread(bounded)": "SILENT_S for any one answer of the database",
    "api/http/bulk.py AnyCommand.__init__: asyncio.Lock()": "held for a turn of the loop, or for BULK_AT_ONCE "
    "times BAD_LINE_S",
    "api/http/bulk.py AnyCommand._counted: async for piece in request.stream():": "body_seconds_max (bodies.py)",
    "api/http/bulk.py AnyCommand._outcomes: one.result()": DONE,
    "api/http/bulk.py AnyCommand.handle: await request.body()": "body_seconds_max (bodies.py)",
    "api/http/recording.py body_of: await request.body()": "body_seconds_max (bodies.py)",
    "api/entrance/arriving.py Arrivals._accept: self._listening.accept()": "the socket does not block",
    "api/entrance/arriving.py told: connection.recv(HEAD_BYTES, MSG_PEEK)": "the socket does not block",
    "api/entrance/arriving.py told: connection.recv(len(asked))": "the socket does not block",
    "api/recorder/beside.py Beside._hear: self._connection.recv_bytes()": "the watch kills one that misses its beats",
    "api/recorder/beside.py Line.__init__: threading.Lock()": NOTHING,
    "api/recorder/beside.py RemoteLedger.__init__: threading.Lock()": NOTHING,
    "api/recorder/door.py Door._attend: listening.accept()": LIFE,
    "api/recorder/door.py _Guest._tell: self._line.send_bytes(encode(messages))": "a thread of that guest's own",
    "api/recorder/door.py _Guest._tell: self._to_tell.get()": LIFE,
    "api/recorder/door.py _Guest.hear_out: self._line.recv_bytes()": "a thread of that guest's own",
    "api/recorder/door.py _knock: asking.connect(address)": "GREETED_S, set on the socket",
    "api/recorder/door.py _listen: line.recv_bytes()": "SILENT_S, asked first, and set on the socket",
    "api/recorder/door.py through.send: line.send_bytes(encode(messages))": "SILENT_S, set on the socket",
    "api/recorder/door.py through: line.recv_bytes()": "GREETED_S, asked first",
    "api/recorder/process.py Server.__init__: threading.Lock()": "as Server.tell",
    "api/recorder/process.py Server.hear: self._connection.recv_bytes()": LIFE,
    "api/recorder/process.py Server.tell: self._connection.send_bytes(encode(messages))": "only a server that stands "
    "still does not take it: nobody else asks here but guests, who have SILENT_S of their own",
    "api/routes/billing_run.py _lines: async for part in parts:": PASSED,
    "api/routes/health/everybody.py Pulse.head: asyncio.to_thread(self._ask)": "ANSWERS_S",
    "api/routes/health/everybody.py Pulse.head: self._asked.result()": DONE,
    "api/routes/health/everybody.py _constant.handler: await asyncio.to_thread(made)": TEXT,
    "api/routes/log/following.py _until_closed: async for piece in following:": PASSED,
    "api/routes/log/following.py stream_route.handler: await anext(events)": "its first piece waits for nothing",
    "ledger/log/access_writer.py Writer.__init__: threading.Lock()": NOTHING,
    "ledger/log/access_writer.py Writer._run: self._some.wait()": LIFE,
    "ledger/log/outage.py longest_wait_s: _at_most.get()": "no queue: a variable of this request",
    "ledger/log/postgres.py Hosts.__init__: threading.Lock()": NOTHING,
    "ledger/log/verify.py _received: pipe.recv()": "PATIENCE_S, asked first",
    "ledger/recording/ahead.py _decide: line.send_bytes(msgspec.msgpack.encode(decided))": LIFE,
    "ledger/recording/ahead.py _told: lines[at % len(lines)].recv_bytes()": "PATIENCE_S: a timer ends the process",
    "ledger/recording/application.py Ledger.__init__: threading.Lock()": NOTHING,
    "ledger/recording/application.py Ledger._take: self._queue.get()": LIFE,
    "ledger/recording/application.py Ledger.stop: self._thread.join()": ANSWERED,
    "ledger/recording/asking.py Recorder._told: answer.result()": DONE,
    "ledger/recording/asking.py Recorder._told_each: answers.result()": DONE,
    "ledger/recording/asking.py Recorder.execute: self.submit(command, by, **options).result()": ANSWERED,
    "projections/engine/following.py _Changed: threading.Condition": "it is held by who looks, and by who waits with "
    "a deadline",
    "projections/engine/together.py Turn.__enter__: fcntl.lockf(self._file, fcntl.LOCK_EX)": "the watch ends one that "
    "keeps the turn; who keeps it from those that it began ends them with itself",
    "projections/engine/together.py beside: other.join()": "the watch ends one that takes no turn",
}
"""Each wait without a deadline of its own, by its place, and what ends it."""

TAKE_NONE = {"accept", "communicate", "recv", "recv_bytes", "recv_into", "send_bytes", "sendall", "serve_forever"}
TAKE_ONE = {"acquire", "get", "join", "result", "select", "wait"}
LOCKS = {"Barrier", "BoundedSemaphore", "Condition", "Lock", "RLock", "Semaphore"}
RUN = {"call", "check_call", "check_output", "run"}
BOUNDS = {"timeout", "timeout_at"}
BOUNDED = {"asyncio.gather", "asyncio.sleep"}
"""What has its time in what it is given: seconds, or coroutines."""

FILES = [*SOURCES, *sorted((ROOT / "migrations").glob("*.py"))]
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in FILES}
OWN = {node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
"""Coroutines written here: what they wait for is looked at where they are written."""


def last_name(node: ast.expr) -> str:
    """The name of what is called: `wait` of `self._some.wait`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def endless(call: ast.Call) -> bool:
    """Check whether a call may wait, and is not told for how long."""
    of, called = ast.unparse(call.func), last_name(call.func)
    named = {keyword.arg for keyword in call.keywords}
    told = len(call.args) + len(named)
    if called in ("flock", "lockf"):
        return not any(word in ast.unparse(call) for word in ("LOCK_NB", "LOCK_UN"))
    if of == "asyncio.wait" or called == "urlopen" or (of.startswith("subprocess.") and called in RUN):
        return "timeout" not in named
    if of.startswith(("asyncio.", "threading.")):
        return called in LOCKS or of == "asyncio.to_thread"
    if called == "create_engine":
        return not {"pool_timeout", "poolclass", None} & named
    if called == "connect":
        return len(call.args) == 1 and not named  # a socket's; an engine's is given nothing, and has its pool's
    if isinstance(call.func, ast.Name):
        return False
    return called in TAKE_NONE or (called in TAKE_ONE and not told) or (called == "wait_for" and told < 2)


def awaits_others(node: ast.AST) -> bool:
    """Check whether something is awaited that is not written here and that has no time of its own."""
    if isinstance(node, ast.AsyncFor):
        awaited = node.iter
    elif isinstance(node, ast.Await):
        awaited = node.value
    else:
        return False
    if not isinstance(awaited, ast.Call):
        return True
    called = ast.unparse(awaited.func)
    return not (
        last_name(awaited.func) in OWN or called in BOUNDED or (called == "asyncio.wait" and not endless(awaited))
    )


def is_bounded(node: ast.AST) -> bool:
    """Check whether what stands in here has so much time."""
    if not isinstance(node, ast.AsyncWith):
        return False
    within = [item.context_expr for item in node.items]
    return any(isinstance(one, ast.Call) and last_name(one.func) in BOUNDS for one in within)


def waits(tree: ast.AST, inside: tuple[str, ...] = (), *, bounded: bool = False) -> Iterator[str]:
    """Every wait without a deadline, with the functions around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            of = (*inside, node.name)
            yield from (f"{'.'.join(of)}: {ast.unparse(base)}" for base in node.bases if last_name(base) in LOCKS)
            yield from waits(node, of)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from waits(node, (*inside, node.name))
        else:
            waiting = isinstance(node, ast.Call) and endless(node) and not isinstance(tree, ast.Await)
            if waiting or (not bounded and awaits_others(node)):
                yield f"{'.'.join(inside)}: {ast.unparse(node).splitlines()[0]}"
            yield from waits(node, inside, bounded=bounded or is_bounded(node))


def test_every_wait_has_a_deadline_or_is_named_with_what_ends_it() -> None:
    found = {f"{name} {wait}" for name, tree in TREES.items() for wait in waits(tree)}
    assert found - set(ENDED_BY) == set(), "give it a deadline, or name what ends it"
    assert set(ENDED_BY) - found == set(), "it is not there any more, or has a deadline now"


@pytest.mark.parametrize(
    "line",
    [
        "process.join()",
        "process.wait()",
        "queue.get()",
        "line.recv_bytes()",
        "lock.acquire()",
        "changed.wait_for(ready)",
        "fcntl.flock(handle, fcntl.LOCK_EX)",
        "subprocess.run(command)",
        "urlopen(address)",
        "line.connect(address)",
        "create_engine(url)",
        "threading.Lock()",
        "await answer",
        "await event.wait()",
        "await asyncio.wait([task])",
        "await asyncio.to_thread(ask)",
        "async for piece in request.stream(): pass",
        "with lock: other.join()",
    ],
)
def test_one_without_is_found(line: str) -> None:
    assert len(list(waits(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "process.join(5)",
        "', '.join(names)",
        "answer.result(ANSWER_S)",
        "names.get(name)",
        "changed.wait_for(ready, 5)",
        "fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "subprocess.run(command, timeout=5)",
        "engine.connect()",
        "create_engine(url, pool_timeout=5)",
        "await asyncio.wait([task], timeout=2)",
        "await in_time(ask)",
        "async with asyncio.timeout(2): await answer",
    ],
)
def test_one_with_is_none(line: str) -> None:
    assert list(waits(ast.parse(line))) == []
