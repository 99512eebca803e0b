"""A page of HTML, made here: nothing is fetched from anywhere, no script runs.

landing   what this is, and how to begin
"""

from html import escape

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


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )
