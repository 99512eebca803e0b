// Emmett's event store on PostgreSQL, in process: ADDRESS PREFIX SECONDS CLIENTS.
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import { STREAM_DOES_NOT_EXIST } from "@event-driven-io/emmett";
import { performance } from "node:perf_hooks";
import pg from "pg";

const [address, prefix, seconds, clients] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const data = { name: "Invented Company Limited", country: "DE", effective_on: "2026-01-05" };
const store = getPostgreSQLEventStore(address);

async function count() {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  const { rows } = await client.query("SELECT count(*) AS n FROM emt_messages");
  await client.end();
  return Number(rows[0].n);
}

await store.schema.migrate();
const before = await count();
const begin = performance.now() + 300, end = begin + seconds * 1000, told = [];
async function appendUntilEnd(at) {
  for (let number = 1, sent; (sent = performance.now()) < end; number++) {
    const events = [{ type: "CompanyRegistered", data }];
    await store.appendToStream(`company-${prefix}-${at}-${number}`, events, { expectedStreamVersion: STREAM_DOES_NOT_EXIST });
    told.push([sent, performance.now()]);
  }
}
await Promise.all(Array.from({ length: clients }, (_, at) => appendUntilEnd(at)));
await store.close();
const latencies = told.filter(([sent, after]) => sent >= begin && after <= end).map(([sent, after]) => (after - sent) / 1000);
console.log(JSON.stringify({ acknowledged: told.length, stored: (await count()) - before, seconds, latencies }));
