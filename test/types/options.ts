import {
  memoryStore,
  OidcError,
  type OidcErrorCode,
  type RelyingPartyOptions,
  type RelyingPartyStatus,
  relyingParty,
  type Store,
} from 'express-oidc-rp'

const issuer = 'https://op.example'
const baseUrl = 'https://app.example'

export const everything: RelyingPartyOptions = {
  issuer,
  baseUrl,
  scope: 'openid',
  client: { clientId: 'app', clientSecret: 'secret', authenticationMethod: 'client_secret_post' },
  store: memoryStore() satisfies Store,
  routes: {
    login: false,
    callback: '/back',
    logout: '/bye',
    logoutCallback: '/bye/back',
    initiateLogin: false,
    jwks: '/jwks.json',
  },
  responseMode: 'form_post',
  authorizationParameters: async req => ({
    ui_locales: req.headers['accept-language'],
    claims: { userinfo: { email: null } },
  }),
  trustedAudiences: audience => audience === 'project',
  logoutRequest: false,
  logoutParameters: ({ user }) => ({
    id_token_hint: null,
    post_logout_redirect_uri: { as: 'logout_uri' },
    logout_hint: user.preferred_username,
  }),
  pushedAuthorizationRequests: true,
  bearer: {
    audience: ['https://api.example'],
    introspection: 'always',
    allowUntypedTokens: true,
    tokensOnly: false,
  },
  fetch: globalThis.fetch,
  log: sentence => console.log(sentence.length),
  onError(error, req, res, next) {
    if (error.code === 'ERR_OIDC_ACCESS_DENIED') res.redirect(`/welcome?from=${req.path}`)
    else next(error)
  },
}

export const refused: readonly RelyingPartyOptions[] = [
  // @ts-expect-error -- an unknown name
  { issuer, baseUrl, issuerBaseURL: issuer },
  // @ts-expect-error -- a misspelt name
  { issuer, baseURL: baseUrl },
  // @ts-expect-error -- a wrong type
  { issuer: new URL(issuer), baseUrl },
  // @ts-expect-error -- a response mode that shows the code to scripts
  { issuer, baseUrl, responseMode: 'fragment' },
  // @ts-expect-error -- claims in a list
  { issuer, baseUrl, authorizationParameters: { claims: ['email'] } },
  // @ts-expect-error -- a number
  { issuer, baseUrl, authorizationParameters: { max_age: 300 } },
  // @ts-expect-error -- a state of the app's own
  { issuer, baseUrl, logoutParameters: { state: 'mine' } },
  // @ts-expect-error -- an ID token of the app's own
  { issuer, baseUrl, logoutParameters: { id_token_hint: 'mine' } },
  // @ts-expect-error -- a parameter that is no text
  { issuer, baseUrl, logoutParameters: () => ({ federated: true }) },
  // @ts-expect-error -- no audience, which any token would have
  { issuer, baseUrl, bearer: {} },
  // @ts-expect-error -- the callback cannot be switched off
  { issuer, baseUrl, routes: { callback: false } },
  // @ts-expect-error -- an unknown route
  { issuer, baseUrl, routes: { signin: '/signin' } },
  // @ts-expect-error -- a secret without a client
  { issuer, baseUrl, client: { clientSecret: 'secret' } },
  // @ts-expect-error -- a log is a function, or false
  { issuer, baseUrl, log: true },
  // @ts-expect-error -- half a store
  { issuer, baseUrl, store: { get: async () => undefined } },
]

export async function operate(): Promise<void> {
  const rp = relyingParty({ issuer, baseUrl })
  // @ts-expect-error -- the timeout is a number of seconds
  await rp.ready({ timeout: '5s' })
  const status: RelyingPartyStatus = rp.status()
  console.log(status)
  void rp.close()
}

export function codeOf(error: unknown): OidcErrorCode | undefined {
  if (!(error instanceof OidcError)) return undefined
  // @ts-expect-error -- the codes are a closed list
  if (error.code === 'ERR_OIDC_NO_SUCH_CODE') return undefined
  return error.code
}
