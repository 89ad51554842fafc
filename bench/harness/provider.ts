// The process of the provider: oidc-provider, which signs every visitor in without a page.
import { importJWK, type JWK, SignJWT } from 'jose'
import type { Configuration, Provider } from 'oidc-provider'
import { startProvider } from '../../examples/provider/provider.ts'
import { providerStorage } from './provider-storage.ts'

/** What its parent asks for. */
export type Question = { readonly tokensFor: string; readonly count: number } | 'requests'

const BACK_CHANNEL = ['/.well-known/openid-configuration', '/jwks', '/token', '/me']
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

let keys: readonly JWK[] = []
/** The `sid` of each sign-in, by client. */
const sids = new Map<string, string[]>()

const { issuer, requests } = await startProvider({ configuration, extend })

function configuration(defaults: Configuration): Configuration {
  keys = (defaults.jwks?.keys ?? []) as readonly JWK[]
  return {
    ...defaults,
    adapter: providerStorage(),
    pkce: { required: () => false },
    interactions: { url: (_ctx, interaction) => `/automatic/${interaction.uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => claimsOf(sub) }),
  }
}

function claimsOf(sub: string): { sub: string; [claim: string]: unknown } {
  const email = `${sub}@example.com`
  const name = { name: 'Alice Liddell', given_name: 'Alice', family_name: 'Liddell' }
  return { sub, ...name, preferred_username: sub, email, email_verified: true, roles: ['admin'] }
}

function extend(provider: Provider): void {
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/automatic/')) return next()
    const { params } = await provider.interactionDetails(ctx.req, ctx.res)
    const accountId = ctx.cookies.get('sub', { signed: false }) ?? 'nobody'
    const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) })
    grant.addOIDCScope(String(params['scope']))
    const consent = { grantId: await grant.save() }
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent })
    ctx.respond = false
  })
  provider.on('authorization.success', ({ oidc: { client, session } }) => {
    const known = sids.get(client?.clientId ?? '') ?? []
    known.push(session?.sidFor(client?.clientId ?? '') ?? '')
    sids.set(client?.clientId ?? '', known)
  })
}

/** Logout tokens for the latest sign-ins, or for sessions that nobody has. */
async function logoutTokens(clientId: string, count: number): Promise<string[]> {
  const known = sids.get(clientId) ?? Array.from({ length: count }, (_, index) => `sid ${index}`)
  const [key] = keys
  if (!key?.alg || !key.kid) throw new Error('The provider has no key.')
  const header = { alg: key.alg, kid: key.kid, typ: 'logout+jwt' }
  const privateKey = await importJWK(key)
  return Promise.all(
    known
      .slice(-count)
      .map(sid =>
        new SignJWT({ sid, events: { [EVENT]: {} } })
          .setProtectedHeader(header)
          .setIssuer(issuer)
          .setAudience(clientId)
          .setJti(crypto.randomUUID())
          .setIssuedAt()
          .setExpirationTime('2h')
          .sign(privateKey),
      ),
  )
}

process.on('message', (question: Question) => {
  if (question === 'requests') {
    process.send?.(requests.filter(({ path }) => BACK_CHANNEL.includes(path)).length)
  } else {
    const { tokensFor, count } = question
    void logoutTokens(tokensFor, count).then(tokens => process.send?.(tokens))
  }
})
process.send?.(issuer)
