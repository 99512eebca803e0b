"""Documents kept by their SHA-256: which are taken, how they are given out, what becomes of them on the disk."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from httpx import Response
from sqlalchemy import select

from api.cli import main
from api.documents.citing import citations, of_fact
from api.documents.kinds import NotTaken, kind_of
from api.documents.shelf import Shelf, state
from ledger.access import Role
from ledger.log.database import Database, fact
from ledger.log.store import read_head
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, Http, problem, served

PDF = b"%PDF-1.7\n(a lease, demo)\n%%EOF\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(*names: str) -> bytes:
    """An archive with these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return file.getvalue()


# Kinds

TAKEN = [
    (PDF, "PDF"),
    (b"\x89PNG\r\n\x1a\n....", "PNG"),
    (b"\xff\xd8\xff\xe0....", "JPEG"),
    (b"II*\x00....", "TIFF"),
    (b"MM\x00*....", "TIFF"),
    (packed("OFD.xml", "Doc_0/Document.xml"), "OFD"),
    (packed("[Content_Types].xml", "word/document.xml"), "Word"),
    (packed("[Content_Types].xml", "xl/workbook.xml"), "Excel"),
    ("起租日,2025-01-01\r\n".encode(), "text in UTF-8"),
    (b"<html>a page is text: it is given out as text, to be saved</html>", "text in UTF-8"),
    ("起租日,2025-01-01\r\n".encode("gb18030"), "text in GB 18030"),
]
NOT_TAKEN = [
    (b"", "empty"),
    (packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "macros"),
    (packed("word/document.xml", "word/vbaProject.bin"), "macros"),
    (packed("run.bat"), "none of the kinds"),
    (b"PK\x03\x04 and then no archive", "none of the kinds"),
    (b"MZ\x90\x00\x03", "none of the kinds"),
    (b"\x7fELF\x02\x01", "none of the kinds"),
    (b"a\x00b", "none of the kinds"),
]


@pytest.mark.parametrize(("data", "name"), TAKEN)
def test_a_document_is_known_by_what_it_holds(data: bytes, name: str) -> None:
    assert kind_of(data).name == name


@pytest.mark.parametrize(("data", "why"), NOT_TAKEN)
def test_what_could_run_or_is_unknown_is_not_taken(data: bytes, why: str) -> None:
    with pytest.raises(NotTaken, match=why):
        kind_of(data)


# Over HTTP


def put(http: Http, data: bytes, role: Role = "deal_desk", media_type: str = "application/octet-stream") -> Response:
    headers = {**http.headers(role), "Content-Type": media_type}
    return http.client.post("/v1/documents", content=data, headers=headers)


def test_a_document_is_kept_once_and_given_as_a_file(sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, documents=str(folder), document_bytes_max=2000) as http:
        assert not folder.exists()
        first, again = put(http, PDF), put(http, PDF, "finance")
        assert (first.status_code, again.status_code) == (201, 200)
        told = {"sha256": sha256(PDF), "media_type": "application/pdf", "bytes": len(PDF)}
        assert first.json() == again.json() == told

        given = http.get(first.headers["Location"], role="auditor")
        assert (given.status_code, given.content) == (200, PDF)
        assert given.headers["content-type"] == "application/pdf"
        assert given.headers["content-disposition"] == f'attachment; filename="{sha256(PDF)[:16]}.pdf"'
        assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert given.headers["x-content-type-options"] == "nosniff"
        unchanged = http.get(first.headers["Location"], headers={"If-None-Match": given.headers["etag"]})
        assert unchanged.status_code == 304

        problem(put(http, b"MZ\x90"), 415, "document-not-taken")
        problem(put(http, PDF, media_type="application/json"), 415, "media-type-unsupported")
        problem(put(http, b"x" * 2001), 413, "body-too-large")
        problem(put(http, PDF, "auditor"), 403, "not-allowed")
        for unknown in ("ab" * 32, "AB" * 32, "..", "%2e%2e%2fledger.db", sha256(PDF)[:63]):
            problem(http.get(f"/v1/documents/{unknown}"), 404, "not-found")
        assert [path.name for path in folder.glob("*/*")] == [sha256(PDF)]


def test_a_document_that_was_altered_is_not_given_out(sqlite: Database, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    kept = shelf.put(PDF)
    assert shelf.path(kept.sha256).stat().st_mode & 0o777 == 0o400
    shelf.path(kept.sha256).chmod(0o600)
    shelf.path(kept.sha256).write_bytes(PDF + b" ")
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, documents=str(tmp_path)) as http:
        problem(http.get(f"/v1/documents/{kept.sha256}"), 409, "document-altered")
    assert state(shelf, kept.sha256) == "altered"
    assert shelf.copy(tmp_path / "copy")[0] == 0


# On the disk


def test_a_document_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path / "documents")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            shelf.put(PDF)
    assert (list(shelf.names()), sha256(PDF) in shelf) == ([], False)
    assert [path for path in shelf.directory.rglob("*") if path.is_file()] == []
    assert [shelf.put(PDF).new, shelf.put(PDF).new] == [True, False]
    assert list(shelf.names()) == [sha256(PDF)]


def test_the_facts_that_name_documents_are_found(database: Database) -> None:
    evidence = {"doc": "merger (demo)", "sha256": "cd" * 32}
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        for company in ("a-demo", "b-demo"):
            assert http.post("/v1/companies", {**LEAD, "company": company}).status_code == 201
        merger = {"into": "b-demo", "reason": "twice (demo)", "evidence": evidence, "effective_on": "2025-02-01"}
        assert http.post("/v1/companies/a-demo/merger", merger, "admin").status_code == 201
    with database.views.connect() as connection:
        size = read_head(connection).size
        found = list(citations(connection, size))
        stored = connection.execute(select(fact.c.position, fact.c.envelope).order_by(fact.c.position)).all()
        assert list(citations(connection, found[0].position - 1)) == []
    assert [(one.doc, one.sha256) for one in found] == [("merger (demo)", "cd" * 32)]
    assert found == [one for position, envelope in stored for one in of_fact(position, bytes(envelope))]


# On the command line


def mcsc(*words: object, data: Path) -> Result:
    return CliRunner().invoke(
        main, [*map(str, words), "--data", str(data)], env={"MCSC_TRUST_NAMES": "1", "MCSC_ACTOR": "clerk-demo"}
    )


def test_documents_go_with_the_ledger(tmp_path: Path) -> None:
    """Kept, cited, counted by doctor, in a backup, and there again after a restore."""
    here, file = tmp_path / "here", tmp_path / "merger.pdf"
    file.write_bytes(PDF)
    mcsc("migrate", data=here)
    added = mcsc("document", "add", file, data=here)
    assert json.loads(added.stdout) == {"doc": "merger.pdf", "sha256": sha256(PDF)}
    elsewhere = {"doc": "licence (demo)", "sha256": "ef" * 32}
    with Ledger(Database(here), CONTEXTS) as ledger, served(ledger) as http:
        for company in ("a-demo", "b-demo", "c-demo"):
            http.post("/v1/companies", {**LEAD, "company": company})
        for company, evidence in (("a-demo", json.loads(added.stdout)), ("c-demo", elsewhere)):
            merger = {"into": "b-demo", "reason": "twice (demo)", "evidence": evidence, "effective_on": "2025-02-01"}
            assert http.post(f"/v1/companies/{company}/merger", merger, "admin").status_code == 201
    assert "1 documents kept; 1 that facts name are not here (licence (demo))" in mcsc("doctor", data=here).output
    missing = mcsc("document", "list", "--missing", data=here).stdout
    assert "licence (demo)" in missing
    assert "merger.pdf" not in missing

    backed_up = mcsc("backup", tmp_path / "copy", data=here)
    assert "✓ 1 documents" in backed_up.stderr
    restored = mcsc("restore", tmp_path / "copy", data=tmp_path / "there")
    assert "✓ 1 documents" in restored.stderr
    got = mcsc("document", "get", sha256(PDF), "-o", tmp_path / "got.pdf", data=tmp_path / "there")
    assert (got.exit_code, (tmp_path / "got.pdf").read_bytes()) == (0, PDF)
    assert mcsc("document", "get", "ef" * 32, "-o", tmp_path / "none", data=here).exit_code == 4

    path = Shelf(here / "documents").path(sha256(PDF))
    path.chmod(0o600)
    path.write_bytes(b"%PDF-other")
    assert mcsc("document", "list", data=here).exit_code == 3
    assert "is not what it was" in mcsc("doctor", data=here).output
    assert "‼" in mcsc("backup", tmp_path / "second", data=here).stderr
    for data, why in ((b"", "empty"), (b"MZ\x90", "none of the kinds")):
        file.write_bytes(data)
        refused = mcsc("document", "add", file, data=here)
        assert (refused.exit_code, why in refused.output) == (2, True)
