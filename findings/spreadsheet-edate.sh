#!/bin/sh
# A month after 31 January is 3 March in two spreadsheet engines, and INT(-8.9) is -8 in a third.
#
# Expected before the run: EDATE and INT give the examples of the programs' own help in every engine that has them.
# What happens: fast-formula-parser and pycel put 31 January a month on at "31 February", which is 3 March; 29 February a year
#   on is 1 March. fast-formula-parser's own EOMONTH is right, and so is EDATE in HyperFormula and formulajs. HyperFormula's
#   INT cuts where INT rounds down: -8.9 is -8 and -0.5 is 0. LibreOffice answers 28 February and -9. Nothing is raised.
# Why it matters: EDATE makes the dates of a rent schedule, INT the whole months or units of an amount that a credit note
#   turns round. A workbook checked without an office program is then wrong on the last days of a month, or only in its
#   credits. The formats' standard says both: the last day where the month is shorter; rounded down to the integer below
#   (ISO/IEC 29500-1, 18.17.7).
# What to do: carry due dates as dates, not as formulas; test a schedule from the 29th, 30th and 31st; for a whole part that
#   mirrors use TRUNC, and say so.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
cd "$T"; npm install --silent --no-audit --no-fund --prefix "$T" fast-formula-parser@1.0.19 hyperformula@3.5.0 \
  @formulajs/formulajs@4.6.1 >/dev/null
python3 -m pip install -q --disable-pip-version-check --target "$T/p" pycel==1.0b30 openpyxl==3.1.5
cat >run.cjs <<'JS'
const Parser = require('fast-formula-parser');
const { HyperFormula } = require('hyperformula');
const formulajs = require('@formulajs/formulajs');
const day = (serial) => new Date(Date.UTC(1899, 11, 30 + serial)).toISOString().slice(0, 10);
const dates = ['EDATE(DATE(2026,1,31),1)', 'EDATE(DATE(2026,3,31),-1)', 'EDATE(DATE(2024,2,29),12)',
  'EOMONTH(DATE(2026,1,31),1)'];
const numbers = ['INT(-8.9)', 'INT(-0.5)', 'INT(8.9)'];
const all = dates.concat(numbers);
const engine = HyperFormula.buildFromArray(all.map((f) => ['=' + f]), { licenseKey: 'gpl-v3' });
const show = (value, i) => (i < dates.length ? day(value) : value);
const parser = all.map((f, i) => show(new Parser().parse(f, { row: 1, col: 1 }), i));
const hyper = all.map((f, i) => show(engine.getCellValue({ sheet: 0, row: i, col: 0 }), i));
const version = (name) => require(`./node_modules/${name}/package.json`).version;
const other = ['fast-formula-parser', '@formulajs/formulajs'].map(version);
console.log('fast-formula-parser', other[0], ...parser);
console.log('hyperformula', HyperFormula.version, ...hyper);
const edate = formulajs.EDATE(new Date(2026, 0, 31), 1), whole = formulajs.INT(-8.9);
console.log('formulajs', other[1], edate.toISOString().slice(0, 10), whole);
const right = ['2026-02-28', '2026-02-28', '2025-02-28', '2026-02-28'];
const same = (got, want) => got.join() === want.join();
process.exit(same(parser, ['2026-03-03', '2026-03-03', '2025-03-01', right[3], -9, -1, 8])
  && same(hyper, [...right, -8, 0, 8]) && edate.getMonth() === 1 && whole === -9 ? 0 : 1);
JS
TZ=UTC node run.cjs || { echo "NOT as described"; exit 1; }
PYTHONPATH="$T/p" python3 - <<'PY'
from datetime import date, timedelta
from importlib.metadata import version
import openpyxl
from pycel import ExcelCompiler
book = openpyxl.Workbook()
book.active.append(["=EDATE(DATE(2026,1,31),1)", "=EDATE(DATE(2024,2,29),12)", "=INT(-8.9)"])
book.save("book.xlsx")
a, b, whole = map(ExcelCompiler("book.xlsx").evaluate, ("Sheet!A1", "Sheet!B1", "Sheet!C1"))
days = [str(date(1899, 12, 30) + timedelta(serial)) for serial in (a, b)]
print("pycel", version("pycel"), *days, whole)
assert days == ["2026-03-03", "2025-03-01"] and whole == -9, "NOT as described"
print("As described: 3 March, and -8.")
PY
