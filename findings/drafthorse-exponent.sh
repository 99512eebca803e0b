#!/bin/sh
# drafthorse writes 1E+3 into an e-invoice when the quantity is a normalised Decimal.
#
# Expected before the run: Decimal("1E+3") is written as 1000.
# What happens: the element holds "1E+3", and a price of 0.00000075 a Wh, typed as it stands, holds "7.5E-7". In the schema that
#   the package ships both are xs:decimal, which allows no exponent: a receiver who checks the form refuses the invoice.
# Why it matters: Decimal is the right type, and normalising or dividing it is harmless everywhere else. kWh in thousands and
#   prices by the Wh are energy's everyday numbers.
# What to do: quantize before it enters any XML; always serialise with the schema, and send nothing that was not checked.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" drafthorse==2025.2.0
PYTHONPATH="$T/p" python3 - <<'PY'
import re
from decimal import Decimal
from importlib.metadata import version
from drafthorse.models.document import Document
from drafthorse.models.tradelines import LineItem
from lxml import etree
print("drafthorse", version("drafthorse"))
line = LineItem()
line.agreement.net.amount = Decimal("0.00000075")
line.delivery.billed_quantity = (Decimal("1000").normalize(), "WHR")
document = Document()
document.trade.items.add(line)
text = document.serialize(schema=None).decode()
found = re.findall(r"<ram:(ChargeAmount|BilledQuantity)[^>]*>([^<]+)", text)
print(*found)
assert ("BilledQuantity", "1E+3") in found and ("ChargeAmount", "7.5E-7") in found, "NOT as described"
kind = etree.XMLSchema(etree.fromstring(
    '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="n" type="s:decimal"/></s:schema>'))
allowed = {number: kind.validate(etree.fromstring(f"<n>{number}</n>")) for number in ("1000", "1E+3", "7.5E-7")}
print("xs:decimal allows", allowed)
assert allowed == {"1000": True, "1E+3": False, "7.5E-7": False}
print("As described: exponents are written, which the number type does not allow.")
PY
