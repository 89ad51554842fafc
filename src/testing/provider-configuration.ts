import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { baseConfiguration } from './base-configuration.ts'
import type { Context, InteractionPolicy } from './oidc-provider.ts'
import type { profileConfiguration } from './profile-configuration.ts'
import type { ProviderStorage } from './provider-storage.ts'
import type { TestClaims } from './signed-in.ts'

type Problem = { readonly error: string; readonly error_description?: string }

/** The part of the configuration that every test provider has. */
const unchanging = {
  ...baseConfiguration,
  cookies: { keys: ['a key for the cookies of a test'] },
  claims: { ...baseConfiguration.claims, openid: ['sub', 'acr', 'amr', 'auth_time'] },
  acrValues: ['test'], // without one, oidc-provider leaves the claim out
  conformIdTokenClaims: false,
  features: {
    ...baseConfiguration.features,
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: agreeToSignOut,
      postLogoutSuccessSource: sayGoodbye,
    },
  },
}

/** Creates a key that signs ID tokens. */
export async function buildSigningKey(kid: string, alg: 'RS256' | 'PS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid }
}

/** What distinguishes providers: the key that signs, and what a profile decides. */
interface SigningProfile extends ReturnType<typeof profileConfiguration> {
  readonly key: JWK
}

/** Builds the configuration of a provider that registers every client and believes every user without a password. */
export function buildConfiguration(
  policies: InteractionPolicy,
  storage: ProviderStorage,
  users: ReadonlyMap<string, TestClaims>,
  { key, ...ofProfile }: SigningProfile,
): object {
  return {
    ...unchanging,
    ...ofProfile,
    clientDefaults: { ...unchanging.clientDefaults, ...ofProfile.clientDefaults },
    features: { ...unchanging.features, ...ofProfile.features },
    adapter: storage.adapter,
    jwks: { keys: [key] },
    interactions: { policy: buildPolicy(policies) },
    loadExistingGrant: grantAll,
    renderError(ctx: Context, { error, error_description: description = '' }: Problem) {
      ctx.type = 'text'
      ctx.body = `${error} ${description}`
    },
    findAccount: (_ctx: Context, sub: string) => ({
      accountId: sub,
      claims: () => ({ ...users.get(sub), sub }),
    }),
  }
}

/** Asks for a stronger sign-in if `acr_values` are not met. By default, oidc-provider treats them as optional and ignores them. */
function buildPolicy({ base, Check }: InteractionPolicy): object {
  const policy = base()
  const isMet = ({ oidc }: Context): boolean => {
    const { acr_values: wanted } = oidc.params ?? {}
    return (
      typeof wanted !== 'string' || wanted.split(' ').includes(String(oidc.acr)) || !!oidc.result?.['login']
    )
  }
  policy.get('login')?.checks.add(new Check('acr', 'A stronger authentication is needed', ctx => !isMet(ctx)))
  return policy
}

/** Confirms the sign-out for the user; a browser without scripts shows a button. */
function agreeToSignOut(ctx: Context, form: string): void {
  const button = '<button form="op.logoutForm" name="logout" value="yes">Sign out</button>'
  const script = "<script>document.forms[0].requestSubmit(document.querySelector('button'))</script>"
  ctx.body = page('Sign out', form + button + script)
}

/** The page after a sign-out that no app started. */
function sayGoodbye(ctx: Context): void {
  ctx.body = page('Signed out', '<p>You are signed out.</p>')
}

function page(title: string, body: string): string {
  const style =
    ':root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } body { margin: 2rem }'
  return `<!doctype html><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style>${body}`
}

async function grantAll({ oidc }: Context) {
  const { client, params, provider, session } = oidc
  if (!client || !session?.accountId) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(String(params?.['scope']))
  await grant.save()
  return grant
}
