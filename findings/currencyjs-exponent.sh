#!/bin/sh
# currency.js reads Python's own text of 1000 as 13.00.
#
# Expected before the run: nothing was written down for exponents (what was, an even split of a negative amount, held);
#   1000.00 or an error would have been the guess.
# What happens: Python's Decimal("1000.00").normalize(), like a sum of values written that way, has the text 1E+3. currency.js
#   drops every character it does not know, the E and the plus too, and reads 13.00; 1.2E+5 is 1.25. With
#   errorOnInvalid set it still does. And it rounds halves upwards, not away from zero: 1.005 is 1.01, -1.005 is -1.00,
#   so a credit note does not mirror its invoice.
# Why it matters: amounts travel as strings so that no float touches them; here the string is what goes wrong, in a page or
#   script of somebody who was told to take a money library.
# What to do: write amounts with format(amount, "f"), never str(); promise that no amount of ours has an exponent.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
cd "$T"; npm install --silent --no-audit --no-fund --prefix "$T" currency.js@2.0.4 >/dev/null
cat >run.cjs <<'JS'
const currency = require('currency.js');
console.log('currency.js', require('currency.js/package.json').version);
const read = (text) => { try { return currency(text, { errorOnInvalid: true }).toString(); } catch (e) { return 'error'; } };
const got = process.argv.slice(2).map((text) => [text, read(text)]);
got.forEach(([text, amount]) => console.log(text, '->', amount));
process.exit(got.map((pair) => pair[1]).join(' ') === '13.00 1.25 1000.00 1.01 -1.00' ? 0 : 1);
JS
A=$(python3 -c 'from decimal import Decimal as D; print(D("1000.00").normalize())')
B=$(python3 -c 'from decimal import Decimal as D; print(D("120000.00").normalize())')
C=$(python3 -c 'from decimal import Decimal as D; print(format(D("1000.00").normalize(), "f"))')
node run.cjs "$A" "$B" "$C" 1.005 -1.005 || { echo "NOT as described"; exit 1; }
echo "As described: 1E+3 is 13.00; a negative half is rounded the other way."
