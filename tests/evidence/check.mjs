// The second checker of evidence packs, written from docs/evidence-pack.md alone: Node, and nothing else.
//   node check.mjs pack.zip [--key VKEY]… [--root SIZE:ROOT]        exit code 0: every check passed, 1: refused
//   node check.mjs --many FILE [--key VKEY]…                        FILE names a pack a line; prints ok or no for each
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

const FORMAT = "mcsc-evidence/1";
const NAME = /^[A-Za-z][a-zA-Z-]{0,30}\.(json|ndjson|note|txt|py)$/;
const FIGURE = /^-?[0-9]{1,40}(\.[0-9]{1,40})?$/;
const DECIMALS = { JPY: 0n, KRW: 0n, BHD: 3n, KWD: 3n };
const HEX = /^([0-9a-f]{2})*$/;

class Refused extends Error {}
const must = (holds, words) => { if (!holds) throw new Refused(words); };
const sha256 = (...parts) => { const h = createHash("sha256"); parts.forEach((p) => h.update(p)); return h.digest(); };
const utf8 = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const hex = (text) => { must(typeof text === "string" && HEX.test(text), "hexadecimal"); return Buffer.from(text, "hex"); };
const base64 = (text) => { const b = Buffer.from(text, "base64"); must(b.toString("base64") === text, "base64"); return b; };
const isCount = (value) => Number.isSafeInteger(value);
const byPoints = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)); // UTF-8 sorts as code points do

// Archive

const checksum = crc32 ?? ((bytes) => {
  let crc = ~0;
  for (const byte of bytes) { crc ^= byte; for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0); }
  return ~crc >>> 0;
});

function numbers(...pairs) {
  return Buffer.concat(pairs.map(([value, width]) => {
    const b = Buffer.alloc(width);
    b.writeUIntLE(value, 0, width);
    return b;
  }));
}

function archive(files) {
  const bodies = [], directory = [];
  let offset = 0;
  for (const [name, content] of files) {
    const ten = [[20, 2], [0, 2], [0, 2], [0, 2], [0x21, 2], [checksum(content), 4], [content.length, 4], [content.length, 4], [name.length, 2], [0, 2]];
    const head = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), numbers(...ten), Buffer.from(name)]);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2]), numbers([20, 2], ...ten, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), Buffer.from(name));
    bodies.push(head, content);
    offset += head.length + content.length;
  }
  const central = Buffer.concat(directory);
  const end = numbers([0, 2], [0, 2], [files.size, 2], [files.size, 2], [central.length, 4], [offset, 4], [0, 2]);
  return Buffer.concat([...bodies, central, Buffer.from([0x50, 0x4b, 5, 6]), end]);
}

function read(data) {
  must(data.length <= 2 ** 28, "too long");
  const files = new Map();
  let at = 0;
  while (at + 30 <= data.length && data.readUInt32LE(at) === 0x04034b50) {
    const size = data.readUInt32LE(at + 22), length = data.readUInt16LE(at + 26);
    const name = data.subarray(at + 30, at + 30 + length).toString("latin1");
    must(NAME.test(name) && !files.has(name) && files.size < 16, `a file named ${name}`);
    at += 30 + length;
    files.set(name, data.subarray(at, at + size));
    at += size;
  }
  must(archive(files).equals(data), "the archive is written otherwise");
  return files;
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort(byPoints).map((k) => `${JSON.stringify(k)}:${canonical(value[k])}`).join(",")}}`;
}

function json(files, name) {
  must(files.has(name), `${name} is missing`);
  const text = utf8(files.get(name)), value = JSON.parse(text);
  must(canonical(value) === text, `${name} is written otherwise`);
  return value;
}

// Notes and trees

function signedBy(note, text, keys, origin) {
  const said = utf8(note), start = `${text}\n— `;
  must(said.startsWith(start) && said.endsWith("\n"), "no note of this text");
  const line = said.slice(start.length, -1), space = line.indexOf(" ");
  must(space > 0 && !line.includes("\n"), "one signature");
  const name = line.slice(0, space), signature = base64(line.slice(space + 1));
  must(signature.length === 68, "a signature");
  for (const key of keys) {
    const [known, id, ...rest] = key.trim().split("+"), bytes = base64(rest.join("+"));
    must(bytes.length === 33 && bytes[0] === 1, "a key");
    const derived = sha256(known, "\n", bytes).subarray(0, 4);
    must(derived.toString("hex") === id, "the id of a key");
    if (known !== name || !derived.equals(signature.subarray(0, 4))) continue;
    const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
    const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
    must(verify(null, Buffer.from(text), publicKey, signature.subarray(4)), "the signature");
    must(name === origin, "the name of the key");
    return true;
  }
  must(keys.length === 0, "none of these keys signed it");
  return false;
}

const node = (left, right) => sha256(Buffer.from([1]), left, right);
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };

// RFC 6962 §2.1.1, read backwards: the root that a path leads to.
function climbed(leaf, index, size, path) {
  if (size === 1) { must(path.length === 0, "a path is too long"); return leaf; }
  must(path.length > 0, "a path is too short");
  const k = split(size), sibling = path[path.length - 1], rest = path.slice(0, -1);
  return index < k ? node(climbed(leaf, index, k, rest), sibling) : node(sibling, climbed(leaf, index - k, size - k, rest));
}

// RFC 6962 §2.1.2, read backwards: both roots that a path leads to. `whole`: the old tree is a subtree of the new one.
function grown(old, size, path, whole, oldRoot) {
  if (old === size) {
    if (whole) { must(path.length === 0, "a path is too long"); return [oldRoot, oldRoot]; }
    must(path.length === 1, "a path of another length");
    return [path[0], path[0]];
  }
  must(path.length > 0, "a path is too short");
  const k = split(size), sibling = path[path.length - 1], rest = path.slice(0, -1);
  if (old <= k) { const [a, b] = grown(old, k, rest, whole, oldRoot); return [a, node(b, sibling)]; }
  const [a, b] = grown(old - k, size - k, rest, false, oldRoot);
  return [node(sibling, a), node(sibling, b)];
}

// Figures, as fractions [numerator, denominator > 0]

const reduced = (n, d) => { let [a, b] = [n < 0n ? -n : n, d]; while (b) [a, b] = [b, a % b]; return d < 0n ? [-n / a, -d / a] : [n / (a || 1n), d / (a || 1n)]; };
const add = ([a, b], [c, d]) => reduced(a * d + c * b, b * d);
const times = ([a, b], [c, d]) => reduced(a * c, b * d);
const minus = ([a, b]) => [-a, b];
const same = ([a, b], [c, d]) => a * d === c * b;
const ZERO = [0n, 1n];
class Nought extends Error {}
const over = ([c, d]) => { if (c === 0n) throw new Nought(); return c < 0n ? [-d, -c] : [d, c]; };
const total = (list) => list.reduce(add, ZERO);

function figure(text) {
  if (text === null || text === undefined) return ZERO;
  must(typeof text === "string" && FIGURE.test(text), `${text} is no figure`);
  const [whole, decimals = ""] = text.split(".");
  return reduced(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
}

function near(exact, text) {
  if (text === null) return exact[0] === 0n;
  const [n, d] = add(exact, minus(figure(text))), decimals = (text.split(".")[1] ?? "").length;
  return (n < 0n ? -n : n) * 2n * 10n ** BigInt(decimals) <= d;
}

function median(sides) {
  if (!sides.length) throw new Nought();
  const sorted = [...sides].sort((a, b) => { const [n] = add(a, minus(b)); return n < 0n ? -1 : n > 0n ? 1 : 0; });
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : times(add(sorted[half - 1], sorted[half]), [1n, 2n]);
}

// What one of the weights has of a whole: whole hundredths of its size, those left over to the largest fractions.
function shareOf([n, d], [own, one], weights) {
  must(one === 1n && own >= 0n && own < BigInt(weights.length), "whose share");
  const hundredths = times([n < 0n ? -n : n, d], [100n, 1n]), all = total(weights);
  const exact = weights.map((weight) => times(times(hundredths, weight), over(all)));
  const whole = exact.map(([a, b]) => a / b), left = exact.map((one, i) => add(one, [-whole[i], 1n]));
  let spare = hundredths[0] / hundredths[1] - whole.reduce((a, b) => a + b, 0n);
  const order = left.map((_, i) => i).sort((i, j) => { const [sign] = add(left[j], minus(left[i])); return sign < 0n ? -1 : sign > 0n ? 1 : i - j; });
  for (const i of order) if (spare-- > 0n) whole[i]++;
  return reduced(n < 0n ? -whole[Number(own)] : whole[Number(own)], 100n);
}

function evaluate(formula, sides) {
  const tokens = formula.match(/[a-z]+[0-9]*|[0-9]+(\.[0-9]+)?|[-+*/(),]/g) ?? [];
  must(tokens.join("") === formula.replaceAll(" ", ""), "a formula");
  const even = sides.filter((_, i) => i % 2 === 0), odd = sides.filter((_, i) => i % 2 === 1);
  const lists = { sum: () => total(sides), even: () => total(even), odd: () => total(odd), median: () => median(sides), dot: () => total(odd.map((b, i) => times(even[i], b))) };
  let at = 0;
  const factor = () => {
    const token = tokens[at++];
    must(token !== undefined, "a formula ends early");
    if (token === "(") { const value = terms(); must(tokens[at++] === ")", "a bracket"); return value; }
    if (token === "max") {
      must(tokens[at++] === "(", "a bracket");
      const one = terms();
      must(tokens[at++] === ",", "a comma");
      const other = terms(), [less] = add(one, minus(other));
      must(tokens[at++] === ")", "a bracket");
      return less < 0n ? other : one;
    }
    if (token === "share") {
      must(tokens[at++] === "(", "a bracket");
      const all = [terms()];
      while (tokens[at] === ",") { at++; all.push(terms()); }
      must(tokens[at++] === ")" && all.length > 2, "a share");
      return shareOf(all[0], all[1], all.slice(2));
    }
    if (Object.hasOwn(lists, token)) return lists[token]();
    if (/^s[0-9]+$/.test(token)) { const side = sides[Number(token.slice(1))]; must(side, "no such side"); return side; }
    must(/^[0-9]/.test(token), "a formula");
    return figure(token);
  };
  const factors = () => {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? times(value, factor()) : times(value, over(factor()));
    return value;
  };
  const terms = () => {
    let value = factors();
    while (tokens[at] === "+" || tokens[at] === "-") value = tokens[at++] === "+" ? add(value, factors()) : add(value, minus(factors()));
    return value;
  };
  try {
    const value = terms();
    must(at === tokens.length, "a formula");
    return value;
  } catch (error) {
    if (error instanceof Nought) return null;
    throw error;
  }
}

// A pack

export function check(data, keys, root) {
  const files = read(data), manifest = json(files, "manifest.json"), { about, origin, versions } = manifest;
  const proved = [], open = [], signed = files.has("manifest.note");
  must(manifest.format === FORMAT, "another format");
  const order = ["manifest.json", ...(signed ? ["manifest.note"] : []), ...manifest.files.map((f) => f.name).sort(byPoints)];
  must(canonical(order) === canonical([...files.keys()]), "other files");
  for (const { name, bytes, sha256: hash } of manifest.files) {
    must(files.get(name).length === bytes && sha256(files.get(name)).toString("hex") === hash, `${name} was altered`);
  }
  if (signed) {
    const text = `${FORMAT}\n${origin}\n${sha256(files.get("manifest.json")).toString("base64")}\n`;
    if (signedBy(files.get("manifest.note"), text, keys, origin)) proved.push(`${origin} signed the manifest`);
    else open.push("who signed: no key was given");
  } else {
    must(keys.length === 0, "nobody signed it");
    open.push("who made this pack: nobody signed it");
  }
  const facts = new Map(), cited = new Set(), hidden = new Set();
  const last = trees(files, manifest, keys, root, { facts, hidden, proved, open });
  const journals = journalsOf(files, facts, versions, proved);
  const cite = (position) => { must(isCount(position) && (facts.has(position) || hidden.has(position)), "no such fact"); cited.add(position); };
  const pack = { files, about, facts, hidden, journals, cite, cited, proved, open, last };
  if (about.kind === "figure") receipts(pack);
  else if (about.kind === "fact") { cite(about.position); proved.push(`fact ${about.position} was recorded`); }
  else if (about.kind === "close") close(pack);
  else must(false, "about something else");
  must(cited.size === facts.size + hidden.size, "a fact that nothing rests on");
  open.push("that what the facts tell is true");
  return { proved, open };
}

function trees(files, manifest, keys, root, { facts, hidden, proved, open }) {
  const tree = json(files, "tree.json"), { size } = tree, top = hex(tree.root), { about, origin } = manifest;
  must(isCount(size) && size > 0, "a size");
  const text = `${origin}\n${size}\n${top.toString("base64")}\n`, note = files.get("checkpoint.note");
  if (files.has("manifest.note")) signedBy(note, text, keys, origin);
  else must(utf8(note) === text, "another checkpoint");
  const roots = new Map([[size, tree.root]]);
  for (const one of tree.earlier) {
    must(isCount(one.size) && one.size > 0 && one.size < size && !roots.has(one.size), "the size of an earlier tree");
    const [a, b] = grown(one.size, size, one.path.map(hex), true, hex(one.root));
    must(a.equals(hex(one.root)) && b.equals(top), "an earlier tree is no beginning of the log");
    roots.set(one.size, one.root);
    proved.push(`the log only grew from ${one.size} to ${size} facts`);
  }
  const leaves = new Map();
  let last = 0;
  for (const { position, leaf, path } of tree.facts) {
    must(isCount(position) && position > last && position <= size, "places out of order");
    must(climbed(hex(leaf), position - 1, size, path.map(hex)).equals(top), `fact ${position} is not in the log`);
    leaves.set(position, leaf);
    last = position;
  }
  const lines = files.get("facts.ndjson");
  let begin = 0, before = 0;
  while (begin < lines.length) {
    const end = lines.indexOf(10, begin);
    must(end >= 0, "the last line");
    const line = lines.subarray(begin, end), fact = JSON.parse(utf8(line));
    must(fact.position > before && leaves.get(fact.position) === sha256(Buffer.from([0]), line).toString("hex"), "a fact was altered");
    facts.set(fact.position, fact.data);
    before = fact.position;
    begin = end + 1;
  }
  for (const position of leaves.keys()) if (!facts.has(position)) hidden.add(position);
  must(!hidden.size || about.for, "facts are hidden from nobody");
  proved.push(`${facts.size} facts are in the log, byte for byte; ${hidden.size} more by their hash`);
  if (root) {
    const [known, hash] = root.split(":");
    must(roots.get(Number(known)) === hash && last <= Number(known), "another log");
  } else if (!keys.length) open.push("that this is the log: neither a key nor a root was given");
  if (about.basis) must(roots.get(about.basis.recorded) === about.basis.root && last <= about.basis.recorded, "the basis");
  return last;
}

function journalsOf(files, facts, versions, proved) {
  const journals = new Map(), posting = [...facts].filter(([, data]) => Object.hasOwn(data, "accounting_on")).map(([position]) => position);
  for (const one of json(files, "journals.json")) {
    must(one.position === posting[journals.size], "journals are missing, added or moved");
    must(one.accounting_on === facts.get(one.position).accounting_on && one.rules === versions.rules, "a journal of another day or rule");
    const sums = new Map([["CNY", ZERO]]);
    for (const line of one.lines) {
      sums.set("CNY", add(sums.get("CNY"), amount(line.amount_minor)));
      if (line.currency !== undefined) sums.set(line.currency, add(sums.get(line.currency) ?? ZERO, amount(line.foreign_minor)));
    }
    // Money in the bank that became money of another currency.
    const money = one.lines.filter((line) => line.account === "bank"), [from, to] = money;
    const exchanges = money.length === 2 && from.currency !== to.currency && one.lines.every((line) => ["bank", "exchange"].includes(line.account));
    must([...sums].every(([currency, [n]]) => n === 0n || (exchanges && currency !== "CNY")), `the journal of ${one.position} does not balance`);
    journals.set(one.position, one.lines);
  }
  must(journals.size === posting.length, "journals are missing");
  proved.push(`${journals.size} journals balance`);
  return journals;
}

function amount(text) {
  must(typeof text === "string", "an amount");
  return figure(text);
}

function receipts(pack) {
  const { files, about, proved, open } = pack, list = json(files, "receipts.json"), report = json(files, "report.json");
  const key = (one) => canonical([one.report, one.cell]), known = new Map(list.map((one) => [key(one), one]));
  must(known.size === list.length && key(list[0]) === key(about), "receipts are doubled or moved");
  must(report.report === about.report && canonical(report.basis) === canonical(about.basis), "another report");
  const rows = new Map(report.rows.map((row) => [row.name, row.cells]));
  const rowOf = (cell) => cell.slice(0, Math.max(cell.lastIndexOf("/"), 0));
  must(rows.size === report.rows.length && rows.has(rowOf(about.cell)), "other rows");
  const reached = new Set([key(about)]), waiting = [list[0]];
  let bare = 0;
  while (waiting.length) {
    const one = waiting.pop(), row = rows.get(rowOf(one.cell));
    must(Object.hasOwn(KINDS, one.kind), "a kind of receipt");
    must((one.kind === "words" || one.kind === "open") === (one.unit === null), `${one.cell}: words or a figure`);
    KINDS[one.kind](pack, one);
    if (one.report === about.report && one.kind !== "open" && row) {
      must(row[one.cell.slice(one.cell.lastIndexOf("/") + 1)] === one.figure, `the report does not show ${one.cell}`);
    }
    for (const part of one.parts ?? []) {
      const of = known.get(key(part));
      if (!of) {
        must(part.cell === "(another's)" ? about.for : part.figure === "1", `${part.cell} has no receipt`);
        bare++;
        continue;
      }
      if (of.unit !== null && of.kind !== "open") must(near(figure(part.figure), of.figure), `${part.cell} has another receipt`);
      if (!reached.has(key(part))) { reached.add(key(part)); waiting.push(of); }
    }
  }
  must(reached.size === list.length, "a receipt of nothing");
  proved.push(`${about.report} ${about.cell} is ${list[0].figure}, by ${list.length} receipts`);
  if (bare) open.push(`${bare} parts without receipts`);
  const ways = new Set(list.filter((one) => one.kind === "formula" && one.formula !== "sum").map((one) => one.formula));
  if (ways.size) open.push(`that the rules are these: ${[...ways].sort().join("; ")}`);
  open.push("that no other fact bears on it");
}

function shares(pack, one) {
  let before = 0;
  for (const share of one.shares) {
    must(isCount(share.position) && share.position > before, "shares out of order");
    pack.cite(share.position);
    if (pack.facts.has(share.position)) must(pack.facts.get(share.position).fact === share.fact, "another kind of fact");
    before = share.position;
  }
  return one.shares;
}

const KINDS = {
  formula(pack, one) {
    const value = evaluate(one.formula, one.parts.map((part) => figure(part.figure)));
    must(value === null ? one.figure === null : near(value, one.figure), `${one.cell} is not ${one.figure}`);
  },
  posted(pack, one) {
    must([1, -1, 0].includes(one.sign), "a sign");
    const inCny = one.unit === "CNY", ones = 10n ** (inCny ? 2n : DECIMALS[one.unit] ?? 2n);
    for (const { position, share, lines, formula, of: named } of shares(pack, one)) {
      if (!pack.facts.has(position)) continue;
      const journal = pack.journals.get(position);
      must(lines.length && lines.every((n, i) => isCount(n) && n >= 0 && n < journal.length && (!i || n > lines[i - 1])), "lines");
      must(lines.every((n) => one.accounts.includes(journal[n].account)), "another account");
      must(!one.sign || inCny || lines.every((n) => journal[n].currency === one.unit), "another currency");
      if (formula !== undefined) { // a part of these lines
        const part = evaluate(formula, named.map(([line, field]) => figure(journal[line][field])));
        must(part !== null && near(times(part, [BigInt(one.sign), ones]), share), `the share of ${position} is no such part`);
        continue;
      }
      const of = (line) => amount(inCny ? line.amount_minor : line.foreign_minor);
      const made = one.sign ? times(total(lines.map((n) => of(journal[n]))), [BigInt(one.sign), ones]) : [1n, 1n];
      must(same(made, figure(share)), `the share of ${position} is not its lines`);
    }
    must(same(total(one.shares.map((s) => figure(s.share))), figure(one.figure)), `${one.cell} does not sum`);
  },
  facts(pack, one) {
    let sum = ZERO;
    for (const share of shares(pack, one)) {
      sum = add(sum, figure(share.share));
      if (share.after !== undefined && share.after !== null) must(same(sum, figure(share.after)), "after");
    }
    must(same(sum, figure(one.figure)), `${one.cell} does not sum`);
  },
  words(pack, one) {
    const told = shares(pack, one);
    must((told.length ? told[told.length - 1].after ?? null : null) === one.figure, `${one.cell} says otherwise`);
  },
  open(pack, one) { one.facts.forEach(pack.cite); },
};

function close(pack) {
  const { about, facts, journals, cite, cited, proved, open } = pack, data = facts.get(about.position);
  const months = (month) => 12 * Number(month.slice(0, 4)) + Number(month.slice(5));
  cite(about.position);
  must(data.fact === "period.closed" && data.month === about.month, "the fact did not close the month");
  const sums = new Map();
  if (about.previous !== null) {
    const before = facts.get(about.previous);
    cite(about.previous);
    must(before.fact === "period.closed" && months(data.month) - months(before.month) === 1, "the month before");
    before.balances.forEach((one) => sums.set(one.account, [BigInt(one.balance_minor), 1n]));
    open.push("what the month before closed on");
  } else open.push("that nothing was posted before");
  must(journals.size === data.entries, "not all that posted to the month is here");
  for (const [position, lines] of journals) {
    must(facts.get(position).accounting_on.startsWith(`${about.month}-`) && position < about.position, "posted elsewhere");
    cited.add(position);
    lines.forEach((line) => sums.set(line.account, add(sums.get(line.account) ?? ZERO, amount(line.amount_minor))));
  }
  const balances = new Map(data.balances.map((one) => [one.account, one.balance_minor]));
  const left = [...sums].filter(([, [n]]) => n !== 0n);
  must(left.length === balances.size && left.every(([name, sum]) => balances.has(name) && same(sum, [BigInt(balances.get(name)), 1n])), "other balances");
  const text = data.balances.map((one) => `${one.account},${one.balance_minor}\n`).join("");
  must(sha256(text).toString("hex") === data.trial_balance_sha256, "another trial balance");
  for (const tie of data.tie_outs) must(tie.control_minor === tie.subledger_minor && tie.control_minor === (balances.get(tie.account) ?? 0), "a tie-out");
  proved.push(`${about.month} closed on ${balances.size} balances, which all ${data.entries} postings lead to`);
}

// Command line

function run(words) {
  const keys = [], rest = [];
  let root = null, many = null;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--key") keys.push(words[++i]);
    else if (words[i] === "--root") root = words[++i];
    else if (words[i] === "--many") many = words[++i];
    else rest.push(words[i]);
  }
  if (many) {
    for (const file of readFileSync(many, "utf8").split("\n").filter(Boolean)) {
      try { check(readFileSync(file), keys, root); console.log("ok"); } catch (error) { console.log(`no ${error.message.replaceAll("\n", " ")}`); }
    }
    return 0;
  }
  try {
    const { proved, open } = check(readFileSync(rest[0]), keys, root);
    proved.forEach((line) => console.log(`proved      ${line}`));
    open.forEach((line) => console.log(`NOT proved  ${line}`));
    console.log("Every check passed.");
    return 0;
  } catch (error) {
    console.log(`REFUSED: ${error.message}`);
    return 1;
  }
}

process.exitCode = run(process.argv.slice(2));
