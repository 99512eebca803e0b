"""Two pages of HTML, made here: nothing is fetched from anywhere, no script runs.

landing   what this is, and how to begin
docs      every route with its parameters, every problem code with its meaning
"""

import inspect
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from api.http.openapi import refusals
from api.http.problems import KINDS, REFUSAL_STATUS
from api.settings import Settings

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
h1, h2, h3 { line-height: 1.2 } h2 { margin-top: 2.5rem } a { color: #0b5a8a }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f2f4f7; border-radius: 4px; padding: .1em .3em }
pre { padding: .8rem 1rem; overflow-x: auto } table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #dde2e9 }
.quiet { color: #5a6675 } :target { background: #fff6d6 }
"""

BEGIN = """curl http://{where}/v1/companies -H "Authorization: Bearer $MCSC_KEY"
"""


def landing(settings: Settings) -> str:
    """The first page."""
    begin = escape(BEGIN.format(where=f"{settings.host}:{settings.port}"))
    labelled = {
        "FICTIONAL": "<p><strong>This ledger holds invented examples.</strong></p>",
        "PUBLIC_FACT": "<p>This ledger holds published statements.</p>",
    }
    return _page(
        "MCSC ledger",
        f"""<h1>MCSC ledger</h1>
<p>Companies on their way into the city, recorded as facts that never change: every number has a receipt.</p>
{labelled.get(settings.data_class, "")}
<ul>
<li><a href="/desk">The desk</a>: reports, receipts and the log, in English and 中文</li>
<li><a href="/docs">What can be asked and recorded</a> (<a href="/openapi.json">OpenAPI 3.1</a>)</li>
<li><a href="/health">Is it well?</a></li>
</ul>
<p>Everything else needs an API key. An administrator creates one with <code>mcsc token create</code> or
<code>POST /v1/access/keys</code>; it is shown once. Send it with every request:</p>
<pre>{begin}</pre>""",
    )


def docs(document: Mapping[str, Any]) -> str:
    """The docs page, from the OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_route(method.upper(), path, operation))
    body = "".join(f"<h2>{escape(group)}</h2>{''.join(routes)}" for group, routes in groups.items())
    return _page(
        "MCSC ledger: routes and problems",
        f"""<h1>Routes and problems</h1>
<p><a href="/">Home</a> · <a href="/openapi.json">OpenAPI 3.1</a>, with the shape of every body and answer</p>
{body}<h2>Problems</h2>
<p>Every error is <code>application/problem+json</code> with one of these codes.</p>
<table><tr><th>Code<th>Status<th>Meaning</tr>{"".join(_problems())}</table>""",
    )


def _route(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in operation["parameters"])
    table = f"<table>{rows}</table>" if rows else ""
    who = escape(operation.get("description", "Open to everybody."))
    body = operation.get("requestBody", {}).get("content", {})
    sent = f"<p>Body: {', '.join(_shape(media_type, shape) for media_type, shape in body.items())}</p>" if body else ""
    return (
        f'<h3 id="{escape(operation["operationId"])}"><code>{method} {escape(path)}</code></h3>'
        f'<p>{escape(operation["summary"])} <span class="quiet">{who}</span></p>{sent}{table}'
    )


def _parameter(parameter: Mapping[str, Any]) -> str:
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code><td>{parameter['in']}"
        f"<td>{escape(parameter.get('description', ''))}</tr>"
    )


def _shape(media_type: str, content: Mapping[str, Any]) -> str:
    name = content["schema"].get("$ref", "any command").rpartition("/")[2]
    return f"{escape(media_type)} <code>{escape(name)}</code>"


def _problems() -> Iterable[str]:
    for code, (status, meaning) in KINDS.items():
        yield _problem(code, status, meaning)
    for code, refusal in refusals().items():
        yield _problem(code, REFUSAL_STATUS[refusal.kind], inspect.getdoc(refusal) or "")


def _problem(code: str, status: int, meaning: str) -> str:
    return f'<tr id="{escape(code)}"><td><code>{escape(code)}</code><td>{status}<td>{escape(meaning)}</tr>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )
