#!/bin/sh
# pyexcel-ods3 reads a cell of 1,234.56 yuan as the text "1234.56 CNY", and a negative duration as an empty cell.
#
# Expected before the run: a currency cell is its number, a duration a timedelta.
# What happens: only cells that carry a currency become text, their code behind them, while plain numbers in the same column
#   stay numbers. 30:15 is a timedelta, but -1:30 and 30.5 seconds are None. calamine reads the currency as a number, and
#   durations above a day as the text PT30H15M00S, though the same sheet as xlsx gives it a timedelta. No reader of the two
#   raises.
# Why it matters: LibreOffice writes a currency cell where the format names its currency ([$CNY]), else a plain number
#   (OpenDocument 1.3, part 3, office:value-type), so one column of a rent list can hold both; a sum over its numbers leaves
#   the yuan out.
# What to do: take lists in as CSV or xlsx; after reading any sheet, refuse a column of amounts in which a cell is not a
#   number, and name the cell; never let "not a number" mean "nothing".
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" pyexcel-ods3==0.6.1 python-calamine==0.9.1
cat >"$T/sheet.py" <<'PY'
import sys, zipfile
from datetime import timedelta
from importlib.metadata import version
import pyexcel_ods3
from python_calamine import CalamineWorkbook
print("pyexcel-ods3", version("pyexcel-ods3"), "python-calamine", version("python-calamine"))
cells = ('value-type="currency" office:currency="CNY" office:value="1234.56"', 'value-type="float" office:value="1234.56"',
         'value-type="time" office:time-value="PT30H15M00S"', 'value-type="time" office:time-value="-PT01H30M00S"',
         'value-type="time" office:time-value="PT00H00M30.5S"', 'value-type="string"')
names = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
row = "".join(f"<table:table-cell office:{cell}><text:p>shown</text:p></table:table-cell>" for cell in cells)
sheet = f'<table:table table:name="S"><table:table-row>{row}</table:table-row></table:table>'
content = (f'<office:document-content{names} office:version="1.3"><office:body><office:spreadsheet>{sheet}'
           "</office:spreadsheet></office:body></office:document-content>")
kind, entry = "application/vnd.oasis.opendocument.spreadsheet", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
parts = ("/", kind), ("content.xml", "text/xml")
files = "".join(f'<m:file-entry m:full-path="{path}" m:media-type="{media}"/>' for path, media in parts)
with zipfile.ZipFile(sys.argv[1], "w") as book:
    book.writestr("mimetype", kind)
    book.writestr("content.xml", content)
    book.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{entry}" m:version="1.3">{files}</m:manifest>')
[read] = pyexcel_ods3.get_data(sys.argv[1])["S"]
[other] = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
print("pyexcel-ods3", *map(repr, read))
print("calamine    ", *map(repr, other))
longer = timedelta(hours=30, minutes=15)
assert read == ["1234.56 CNY", 1234.56, longer, None, None, "shown"], "NOT as described"
assert other[:4] == [1234.56, 1234.56, "PT30H15M00S", "-PT01H30M00S"], "NOT as described"
print("As described: yuan are text, a negative time is nothing.")
PY
PYTHONPATH="$T/p" python3 "$T/sheet.py" "$T/sheet.ods"
