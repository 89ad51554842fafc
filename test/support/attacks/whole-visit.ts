import { type AttackedApp, asBrowser, type Received } from './attacked-app.ts'

/** What differs each time, however honest a request is. */
const random = [
  /(?<=\b(?:state|nonce|code_challenge|code|id_token_hint)(?:=|" value="))[\w.~-]+/g,
  /(?<=\breference(?:: |":"))\w+/g,
  /(?<=^oidc(?:-logout)?\.[\w-]+\.)[\w-]+/gm,
  /(?<=Expires=)[^;\n]+/g,
]

/** All that an answer says, without what differs each time. */
function told({ status, location, headers, text }: Received): string {
  const cookies = (headers['set-cookie'] ?? []).map(cookie => cookie.replace(/=[^;]*/, ''))
  const { 'www-authenticate': challenge = '', link = '' } = headers
  const all = [status, location, challenge, link, ...cookies, text].join('\n')
  return random.reduce((said, pattern) => said.replace(pattern, '…'), all)
}

/**
 * Signs a user in and out, and opens the other routes, with the same headers in each request. Returns what the answers said, which
 * is the same for the same headers.
 */
export async function visitWith(
  app: AttackedApp,
  issuer: string,
  forged: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { pathname: mount } = new URL(app.base)
  const own = { ...asBrowser, 'sec-fetch-site': 'same-origin' }
  const open = (path: string, cookie = '', usual: object = own): Promise<Received> =>
    app.send(mount.replace(/\/$/, '') + path, { headers: { ...usual, ...(cookie && { cookie }), ...forged } })

  const begun = await open('/login?returnTo=/private')
  const answered = await fetch(begun.location, { redirect: 'manual' })
  const { search } = new URL(answered.headers.get('location') ?? '')
  const signedIn = await open(`/callback${search}`, begun.cookie)
  const { cookie } = signedIn
  const elsewhere = { ...asBrowser, 'sec-fetch-site': 'cross-site' }
  const asked = await open('/logout?returnTo=/private', cookie, elsewhere)
  const shown = await open('/private', cookie)
  const forbidden = await open('/admin', cookie)
  const leaving = await open('/logout?returnTo=/private', cookie)
  const back = new URL(leaving.location).searchParams.get('state')
  const target = new URLSearchParams({ iss: issuer, target_link_uri: `${app.base}/private` })
  const program = { accept: 'application/json' }
  const others = [
    await open(`/logout/callback?state=${back}`, leaving.cookie),
    await open('/private'),
    await open('/private', '', program),
    await open('/callback?state=x&code=y'),
    await open('/callback?state=x&code=y', '', program),
    await open(`/initiate-login?${target.toString()}`),
  ]
  return [begun, signedIn, asked, shown, forbidden, leaving, ...others].map(told)
}
