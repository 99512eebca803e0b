#!/bin/sh
# HyperFormula rounds 1.005 down and 2.675 up, and prints a thousands format as text.
#
# Expected before the run: ROUND(1.005,2) = 1.01, as in every spreadsheet program (its arithmetic smooths floats: 0.1+0.2=0.3
#   is true there). For TEXT nothing was written down; "1,234.57" would have been the guess.
# What happens: ROUND(1.005,2) is 1 and ROUND(2.675,2) is 2.68: neither the spreadsheet's rule nor the float's own.
#   TEXT(1234.565,"#,##0.00") is "1235,##0.00": the number rounded to a whole one, with the rest of the format behind it.
# Why it matters: it is the engine people use to recalculate a workbook without an office program. A workbook of ours checked
#   with it differs by a fen here and there, and its printed amounts are wrong without an error.
# What to do: every formula carries our own figure, rounded by us; compare values with LibreOffice, not with this engine;
#   number formats belong to the cell, not into TEXT().
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
cd "$T"; npm install --silent --no-audit --no-fund --prefix "$T" hyperformula@3.5.0 >/dev/null
cat >run.cjs <<'JS'
const { HyperFormula } = require('hyperformula');
console.log('hyperformula', HyperFormula.version);
const want = {
  '=ROUND(1.005,2)': 1, '=ROUND(2.675,2)': 2.68, '=0.1+0.2=0.3': true,
  '=TEXT(1234.565,"#,##0.00")': '1235,##0.00', '=TEXT(1234.5,"0.00")': '1234.50',
};
const formulas = Object.keys(want);
const engine = HyperFormula.buildFromArray(formulas.map((f) => [f]), { licenseKey: 'gpl-v3' });
let same = true;
formulas.forEach((f, row) => {
  const got = engine.getCellValue({ sheet: 0, row, col: 0 });
  console.log(f, '->', JSON.stringify(got));
  same = same && got === want[f];
});
if (!same) { console.log('NOT as described'); process.exit(1); }
console.log('As described: 1.005 goes down, 2.675 up, and the thousands format is printed.');
JS
node run.cjs
