// A real OpenID provider (npm oidc-provider), for the test that asks it: node provider.mjs FOLDER-OF-MODULES AUDIENCE
// It says its address on a line, and stops when its input ends. Tokens by client credentials; their claims as asked.
// A client `desk` signs people in with a code; its groups are those of the account that somebody names.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { pathToFileURL } from "node:url";

const [modules, audience, back] = process.argv.slice(2);
const resolve = createRequire(`${modules}/x.js`).resolve;
const { Provider } = await import(pathToFileURL(resolve("oidc-provider")));

const keys = [
  { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: "r", use: "sig" },
  { ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), kid: "e", use: "sig" },
  { ...generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }), kid: "d", use: "sig" },
];
const people = {
  rita: { alg: "RS256", groups: ["city-deals"] },
  emil: { alg: "ES256", groups: ["city-checks"] },
  dora: { alg: "EdDSA", groups: ["everybody"] },
};
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      ...Object.keys(people).map((name) => ({
        client_id: name,
        client_secret: `${name}-secret`,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      })),
      ...(back ? [{ client_id: "desk", client_secret: "desk secret", redirect_uris: [back] }] : []),
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["groups"] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: people[id]?.groups ?? [] }) }),
    extraTokenClaims: (_, token) => ({ groups: people[token.clientId]?.groups }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: Boolean(back) },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource, client) => ({
          scope: "record",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: people[client.clientId].alg } },
        }),
      },
    },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.resume().on("end", () => process.exit(0));
