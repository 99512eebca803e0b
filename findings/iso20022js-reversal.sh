#!/bin/sh
# iso20022.js tells of no reversal that it is one, and a batch's details have no amounts left: 5,000 yen, 500,000 minor units.
#
# Expected before the run: reversal true where RvslInd is; the amount of each detail; yen as they stand, which have no cents.
# What happens: reversal is false for RvslInd true and 1 alike, in camt.053.001.02. Entries come without their status, so
#   what is pending stands among what is booked. A batch of two credits keeps both payers and loses both amounts. Every amount
#   is multiplied by a hundred, whatever the currency's exponent.
# Why it matters: a transfer that came back is shown as a second payment to the supplier; a batch of many tenants' rents can
#   be given to nobody; a balance that is added up with what is pending is not the closing one.
# What to do: sign by CdtDbtInd alone, RvslInd kept as what it says; only BOOK posts; details by TxAmt or Amt, and only where
#   they sum to the entry; opening + entries = closing, or nothing is taken.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
cd "$T"; npm init -y >/dev/null; npm install --silent iso20022.js@0.0.15 >/dev/null
cat > read.mjs <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { CashManagementEndOfDayReport } from "iso20022.js";
console.log("iso20022.js", JSON.parse(readFileSync("node_modules/iso20022.js/package.json")).version);
const amount = (value, name = "Amt") => `<${name} Ccy="JPY">${value}</${name}>`;
const detail = (payer, value) =>
  `<TxDtls><AmtDtls><TxAmt>${amount(value)}</TxAmt></AmtDtls><RltdPties><Dbtr><Nm>${payer}</Nm></Dbtr></RltdPties></TxDtls>`;
const entry = (value, sign, status, more = "", details = "") =>
  `<Ntry>${amount(value)}<CdtDbtInd>${sign}</CdtDbtInd>${more}<Sts>${status}</Sts><BookgDt><Dt>2026-06-01</Dt></BookgDt>` +
  `<BkTxCd/>${details && `<NtryDtls>${details}</NtryDtls>`}</Ntry>`;
const balance = (code, value) =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${amount(value)}<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-06-01</Dt></Dt></Bal>`;
const xml =
  `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>` +
  `<CreDtTm>2026-06-02T08:00:00</CreDtTm></GrpHdr><Stmt><Id>S</Id><CreDtTm>2026-06-02T08:00:00</CreDtTm>` +
  `<Acct><Id><Othr><Id>1234567890</Id></Othr></Id><Ccy>JPY</Ccy>` +
  `<Svcr><FinInstnId><BIC>BANKCNBJXXX</BIC></FinInstnId></Svcr></Acct>${balance("OPBD", 10000)}${balance("CLBD", 13000)}` +
  entry(5000, "CRDT", "BOOK", "", detail("Invented A", 2000) + detail("Invented B", 3000)) +
  entry(1500, "DBIT", "BOOK", "<RvslInd>true</RvslInd>") + entry(500, "DBIT", "BOOK", "<RvslInd>1</RvslInd>") +
  entry(700, "CRDT", "PDNG") + `</Stmt></BkToCstmrStmt></Document>`;
const { entries } = CashManagementEndOfDayReport.fromXML(xml).statements[0];
for (const it of entries) console.log(JSON.stringify(it));
assert.deepEqual(entries.map((it) => it.amount), [500000, 150000, 50000, 70000]);
assert.deepEqual(entries.map((it) => it.reversal), [false, false, false, false]);
assert(!entries.some((it) => JSON.stringify(it).includes("PDNG")));
assert.deepEqual(JSON.parse(JSON.stringify(entries[0].transactions)), [{ debtor: { name: "Invented A" } }, { debtor: { name: "Invented B" } }]);
console.log("As described: neither reversed, nor pending, nor divided.");
JS
node read.mjs
