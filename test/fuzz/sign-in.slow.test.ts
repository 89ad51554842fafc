import type { TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { reachCallback, test } from '../support/flow.ts'
import { expectAlive, insidePage, outcomeOf, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { type Change, changed, changesOf } from '../support/fuzz/values.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

/** Everything that only the provider and the app may know of the last sign-in. */
function secretsOf(provider: ScriptedProvider, callback: URL): string[] {
  const form = new URLSearchParams(provider.requestsTo('token').at(-1)?.body)
  const secrets = [
    callback.searchParams.get('code'),
    form.get('code_verifier'),
    form.get('client_assertion'),
    [...provider.accessTokens.keys()].at(-1),
    [...provider.refreshTokens.keys()].at(-1),
  ]
  return secrets.filter(secret => typeof secret === 'string')
}

type Script = (changes: readonly Change[], provider: ScriptedProvider) => void

const answers: readonly (readonly [name: string, members: readonly string[], script: Script])[] = [
  [
    'the token response',
    ['access_token', 'token_type', 'id_token', 'refresh_token', 'expires_in', 'scope', 'error', '__proto__'],
    (changes, provider) => {
      provider.tokenResponse = body => changed(body, changes)
    },
  ],
  [
    'the claims of the ID token',
    [
      ...[
        'iss',
        'sub',
        'aud',
        'azp',
        'exp',
        'iat',
        'nbf',
        'nonce',
        'auth_time',
        'sid',
        'at_hash',
        'acr',
        'amr',
      ],
      ...['events', 'jti', 'email', 'email_verified', 'name', 'updated_at', '_claim_names', '_claim_sources'],
      ...['__proto__', 'constructor', 'tid'],
    ],
    (changes, provider) => {
      provider.idToken = (claims, header) => ({ claims: changed(claims, changes), header })
    },
  ],
  [
    'the header of the ID token',
    ['alg', 'kid', 'typ', 'crit', 'b64', 'cty', 'jwk', 'jku', 'x5u', 'x5c', 'x5t', 'zip', 'enc', 'p2c'],
    (changes, provider) => {
      provider.idToken = async (claims, header) => {
        const [, payload, signature] = (await provider.sign(claims, header)).split('.')
        const own = { ...header, alg: 'RS256' }
        const signed = await provider
          .sign(claims, changed(own, changes.filter(isSignable)))
          .catch(() => undefined)
        return signed ?? `${encoded(changed(own, changes))}.${payload}.${signature}`
      }
    },
  ],
  [
    'UserInfo',
    [
      'sub',
      'iss',
      'name',
      'email',
      'email_verified',
      'updated_at',
      '_claim_names',
      'exp',
      'acr',
      '__proto__',
      'roles',
    ],
    (changes, provider) => {
      const usual = { sub: 'user-1', name: 'Una User' }
      provider.answer('userinfo', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(changed(usual, changes)))
      })
    },
  ],
  [
    'a signed UserInfo',
    ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'name', 'events', 'typ', '__proto__'],
    (changes, provider) => {
      provider.answer('userinfo', async (_request, response) => {
        const aud = [...provider.clients.keys()].at(-1)
        const claims = changed({ iss: provider.issuer, sub: 'user-1', aud }, changes)
        response.writeHead(200, { 'content-type': 'application/jwt' })
        response.end(await provider.sign(claims))
      })
    },
  ],
]

/** `jose` signs no token with these: such a token has the signature of the usual one. */
const isSignable = ([name]: Change): boolean => !['alg', 'crit', 'b64'].includes(name)

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test.for(answers)(
  'whatever %s holds, it is read or refused',
  { timeout: LONGEST },
  async ([name, members, script], { provider, start }) => {
    const log: string[] = []
    const app = await start({
      relyingParty: { log: line => log.push(line), scope: 'openid offline_access' },
      after: insidePage,
    })
    const watched = watch(log)
    await fuzz(name, {
      inputs: changesOf(members),
      twins: [[]],
      runs: 100,
      async attempt(changes): Promise<Outcome> {
        provider.behave()
        script(changes, provider)
        const outcome = await signInWith(app, provider)
        watched.check(outcome.secrets)
        await expectAlive(app)
        return outcome.outcome
      },
    })
  },
)

async function signInWith(
  app: TestApp,
  provider: ScriptedProvider,
): Promise<{ readonly outcome: Outcome; readonly secrets: readonly string[] }> {
  const browser = new Browser()
  const callback = await reachCallback(browser, app)
  const page = await browser.open(callback.href, { follow: false })
  const secrets = secretsOf(provider, callback)
  return { outcome: await outcomeOf(page, { app, browser, secrets }), secrets }
}
