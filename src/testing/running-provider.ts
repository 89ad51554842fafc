import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import { type IssueAccessTokenOptions, signAccessToken } from './access-token.ts'
import type { Context, OidcProvider, OidcProviderLibrary } from './oidc-provider.ts'
import { type Profile, profileConfiguration, signingAlgorithmOf } from './profile-configuration.ts'
import { buildConfiguration, buildSigningKey } from './provider-configuration.ts'
import { type ProviderStorage, providerStorage } from './provider-storage.ts'
import type { TestClaims } from './signed-in.ts'

/** A provider that answers requests and whose keys can be replaced. */
export interface RunningProvider {
  readonly issuer: string
  readonly storage: ProviderStorage
  readonly rotateKeys: () => Promise<void>
  readonly issueAccessToken: (options: IssueAccessTokenOptions) => Promise<string>
  readonly answer: (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

/** The request header that names the user who signs in, as JSON. */
export const userHeader = 'x-test-user'

/** Creates a provider. oidc-provider cannot change its keys, so new keys need a new instance with the same storage. */
export async function buildProvider(
  { Provider, interactionPolicy }: OidcProviderLibrary,
  issuer: string,
  { user: usualUser, profile }: { readonly user: TestClaims; readonly profile: Profile | undefined },
): Promise<RunningProvider> {
  const storage = providerStorage()
  const users = new Map<string, TestClaims>()
  const ofProfile = profileConfiguration(profile)
  let generation = 1
  const build = (key: JWK): OidcProvider => {
    const signing = { ...ofProfile, key }
    const made = new Provider(issuer, buildConfiguration(interactionPolicy, storage, users, signing))
    made.use(tellAll(users))
    return made
  }
  const nextKey = (): Promise<JWK> => buildSigningKey(`test-key-${generation}`, signingAlgorithmOf(profile))
  let key = await nextKey()
  let provider = build(key)
  return {
    issuer,
    storage,
    async rotateKeys() {
      generation += 1
      key = await nextKey()
      provider = build(key)
    },
    issueAccessToken: options => signAccessToken(key, issuer, { user: usualUser, ...options }),
    async answer(req, res) {
      if (!req.url?.startsWith('/interaction/')) return await provider.callback()(req, res)
      await signInAs(provider, namedUser(req) ?? usualUser, users, req, res)
    },
  }
}

function namedUser({ headers }: IncomingMessage): TestClaims | undefined {
  const header = headers[userHeader]
  return typeof header === 'string' ? (JSON.parse(decodeURIComponent(header)) as TestClaims) : undefined
}

/** Answers the provider's prompts for the user, who signs in and gives consent. */
async function signInAs(
  provider: OidcProvider,
  user: TestClaims,
  users: Map<string, TestClaims>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(req, res)
  const { sub = 'test-user', acr, amr, auth_time: ts } = user
  users.set(sub, user)
  const [asked] = typeof params['acr_values'] === 'string' ? params['acr_values'].split(' ') : []
  const login = {
    accountId: sub,
    amr: Array.isArray(amr) ? amr.map(String) : ['pwd'],
    ...(typeof acr === 'string' ? { acr } : asked && { acr: asked }),
    ...(typeof ts === 'number' && { ts }),
  }
  await provider.interactionFinished(req, res, prompt.name === 'login' ? { login } : { consent: {} })
}

/** Adds all claims of the user to the UserInfo response. oidc-provider itself returns only those of a fixed list. */
function tellAll(users: ReadonlyMap<string, TestClaims>) {
  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    await next()
    const { body } = ctx
    if (ctx.path !== '/me' || typeof body !== 'object' || body === null || !('sub' in body)) return
    ctx.body = { ...users.get(String(body.sub)), ...body }
  }
}
