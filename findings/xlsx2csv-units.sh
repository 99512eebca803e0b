#!/bin/sh
# xlsx2csv writes 0.0" kw12" for 1234.5 kWh: the unit in a cell's number format is taken for a date, and the number is gone.
#
# Expected before the run: 30 h 15 min under [h]:mm comes out as 30:15. Of units nothing was written down; the stored value,
#   or what the sheet shows, 1234.5 kWh, would have been the guess.
# What happens: a unit with a d, h, m, s or y makes a date of the format: the h of kWh is an hour, the M of MWh a month, the D
#   of USD a day, and the text of the format is written in place of the number. kW and 元 are spared, but end with more zeros
#   (1234.50000). 30 h 15 min under [h]:mm is 1.260417. exceljs reads quoted units right, and escaped ones not: under 0.00\
#   \k\W\h, the same format written the other way, 1234.5 is noon of 18 May 1903. openpyxl and calamine read all of them as
#   numbers.
# Why it matters: text in quotes is literal, and so is a character after a backslash (ISO/IEC 29500-1, 18.8.31). Meters'
#   exports and price lists carry their unit that way; the file is converted without an error, the total is a text or a day.
# What to do: take workbooks in by a reader that gives the stored value; refuse a column of figures in which one is text or a
#   day; keep units out of number formats, in the heading.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
cd "$T"; npm install --silent --no-audit --no-fund --prefix "$T" exceljs@4.4.0 >/dev/null
python3 -m pip install -q --disable-pip-version-check --target "$T/p" xlsx2csv==0.8.6 openpyxl==3.1.5 python-calamine==0.9.1
cat >sheet.py <<'PY'
import csv, datetime, io
from importlib.metadata import version
import openpyxl, python_calamine
from xlsx2csv import Xlsx2csv
print(*(f"{name} {version(name)}" for name in ("xlsx2csv", "openpyxl", "python-calamine")))
shown = {'0.0" kWh"': '0.0" kw12"', '0.0" MWh"': '0.0" 05w12"', '0.00" USD"': '0.00" us18"', '0.0" m²"': '0.0" 05²"',
         '0.0" kW"': "1234.500000", '0.00"元"': "1234.50000", "#,##0.00": "1234.5", '0.00\\ \\k\\W\\h': "0.00 kw12"}
book = openpyxl.Workbook()
for row, form in enumerate(shown, 1):
    book.active.cell(row, 1, 1234.5).number_format = form
book.active.cell(len(shown) + 1, 1, datetime.timedelta(hours=30, minutes=15)).number_format = "[h]:mm"
book.save("sheet.xlsx")
written = io.StringIO()
Xlsx2csv("sheet.xlsx").convert(written)
got = [row[0] for row in csv.reader(io.StringIO(written.getvalue())) if row]
for form, text in zip([*shown, "[h]:mm"], got):
    print(f"{form:16} {text}")
assert got == [*shown.values(), "1.260417"], "NOT as described"
plain = [row[0] for row in openpyxl.load_workbook("sheet.xlsx").active.iter_rows(values_only=True)]
other = [row[0] for row in python_calamine.CalamineWorkbook.from_path("sheet.xlsx").get_sheet_by_index(0).to_python()]
assert plain == other == [1234.5] * len(shown) + [datetime.timedelta(hours=30, minutes=15)], "NOT as described"
PY
PYTHONPATH="$T/p" PYTHONIOENCODING=utf-8 python3 sheet.py
cat >run.cjs <<'JS'
const { Workbook } = require('exceljs');
console.log('exceljs', require('exceljs/package.json').version);
const book = new Workbook();
book.xlsx.readFile('sheet.xlsx').then(() => {
  const value = (row) => JSON.stringify(book.worksheets[0].getCell(row, 1).value);
  const got = [1, 2, 3, 4, 5, 6, 7, 8].map(value);
  console.log(...got);
  const want = [...Array(7).fill('1234.5'), '"1903-05-18T12:00:00.000Z"'];
  process.exit(got.join() === want.join() ? 0 : 1);
});
JS
node run.cjs || { echo "NOT as described"; exit 1; }
echo "As described: units are read as hours, months and days."
