#!/bin/sh
# csvkit takes a meter's quarter hours for seconds: 00:15 is fifteen seconds, 24:00 twenty-four minutes; 1,5 kWh are 15.
#
# Expected before the run: a time of day stays text (24:00 is none), and a comma between digits is not thousands.
# What happens: a column of HH:MM becomes a duration of minutes and seconds, with 24:00 among it as with none, and is
#   printed as 0:00:15; csvstat adds them up. In an English locale every comma is dropped wherever it stands: 1,5 is 15, 2,25
#   is 225. --no-inference leaves everything as it was.
# Why it matters: who looks at a meter's or bank's file before it is read in sees sums of a hundred times the energy, and
#   labels that nobody wrote; a file passed through csvcut, csvsort or csvjson carries them on.
# What to do: look with --no-inference; a profile says the decimal sign and what a label means; a sum is compared with the
#   register's reads.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" csvkit==2.2.0 agate==1.14.2
printf 'label;kwh\n00:15;1,5\n00:30;2,25\n24:00;0,75\n' > "$T/day.csv"
export PYTHONPATH="$T/p"
python3 -c 'from importlib.metadata import version as v; print("csvkit", v("csvkit"), "agate", v("agate"))'
json() { python3 -m csvkit.utilities.csvjson -d ';' "$@" "$T/day.csv"; }
json; echo; json --no-inference; echo
[ "$(json)" = '[{"label": "0:00:15", "kwh": 15.0}, {"label": "0:00:30", "kwh": 225.0}, {"label": "0:24:00", "kwh": 75.0}]' ] ||
  { echo "NOT as described"; exit 1; }
[ "$(json --no-inference)" = '[{"label": "00:15", "kwh": "1,5"}, {"label": "00:30", "kwh": "2,25"}, {"label": "24:00", "kwh": "0,75"}]' ] ||
  { echo "NOT as described"; exit 1; }
echo "As described: quarter hours become seconds, tenths become tens."
