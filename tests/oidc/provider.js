// An identity provider on loopback. It takes a free port, prints its issuer on the first line and serves until its
// standard input ends. Whoever comes is signed in at once, as the account that was set last:
//
//   POST /test/account   {"sub": ..., other claims}   who comes next
//   POST /test/rotate                                 new keys; the old ones are gone
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import Provider from 'oidc-provider';

const CALLBACKS = ['http://testserver/sign-in/oidc/callback'];
const LEFT = ['http://testserver/sign-in'];
const CLIENTS = [
  { client_id: 'aim', client_secret: 'made-up ~secret/of+the&tests', redirect_uris: CALLBACKS, post_logout_redirect_uris: LEFT },
  { client_id: 'aim-public', token_endpoint_auth_method: 'none', redirect_uris: CALLBACKS, post_logout_redirect_uris: LEFT },
];
let account = { sub: 'nobody' };
let provider;
let answer;

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

async function grantEverything(ctx) {
  const grant = new ctx.oidc.provider.Grant({
    accountId: ctx.oidc.session.accountId,
    clientId: ctx.oidc.client.clientId,
  });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

function start(issuer) {
  provider = new Provider(issuer, {
    clients: CLIENTS,
    jwks: { keys: [newKey()] },
    cookies: { keys: [randomUUID()] },
    conformIdTokenClaims: false, // the claims are in the ID token, as Entra's are
    claims: { openid: ['sub', 'roles', 'groups'], profile: ['name', 'preferred_username', 'birthdate'], email: ['email'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantEverything,
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => account }),
  });
  answer = provider.callback();
}

async function handle(request, response) {
  if (request.url === '/test/account') {
    account = await json(request);
    response.end();
  } else if (request.url === '/test/rotate') {
    start(provider.issuer);
    response.end();
  } else if (request.url.startsWith('/interaction/')) {
    await provider.interactionFinished(request, response, { login: { accountId: account.sub } });
  } else {
    await answer(request, response);
  }
}

const server = createServer(handle);
server.listen(0, '127.0.0.1', () => {
  start(`http://127.0.0.1:${server.address().port}`);
  console.log(provider.issuer);
});
process.stdin.on('end', () => process.exit()).resume();
