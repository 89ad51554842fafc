import { type Answer, parametersOf, redirect, sendHtml } from '../scripted-provider/exchange.ts'

/** What a provider makes of a sign-out: a page of its own, or a way back. */
type Ending = { readonly status: number; readonly page: string } | { readonly to: string }

const refusal = (page: string): Ending => ({ status: 400, page })
const ended = (page: string): Ending => ({ status: 200, page })

/** The parameters of a request, and the address that an administrator has entered for the client `shop`. */
interface Asked {
  readonly method: string
  readonly sent: URLSearchParams
  readonly returnAddress: string
  /** Whether the hint is an ID token of this provider. */
  readonly isHinted: boolean
}

const back = (address: string, { sent }: Asked): Ending => {
  const url = new URL(address)
  const state = sent.get('state')
  if (state !== null) url.searchParams.set('state', state)
  return { to: url.href }
}

/** How providers end sessions, each as the page of docs/ or the source that providers.md names says. */
const shapes = {
  /** GET with `client_id` and `logout_uri`, otherwise 400; `state` does not come back (providers.md, Amazon Cognito). */
  cognito: ({ method, sent, returnAddress }) => {
    if (method !== 'GET') return refusal('Use GET')
    const isShop = sent.get('client_id') === 'shop' && sent.get('logout_uri') === returnAddress
    if (!isShop || sent.has('post_logout_redirect_uri')) return refusal('Required parameters missing')
    return { to: returnAddress }
  },
  /** GET with `client_id` and `returnTo`; `state` does not come back (providers.md, Auth0, "Older"). */
  auth0Classic: ({ method, sent, returnAddress }) => {
    if (method !== 'GET') return refusal('Use GET')
    if (!sent.has('returnTo')) return ended('OK')
    if (sent.get('client_id') !== 'shop' || sent.get('returnTo') !== returnAddress)
      return refusal('The "returnTo" querystring parameter is not defined as a valid URL')
    return { to: returnAddress }
  },
  /** With the hint alone, the list of the tenant counts, which is empty here (providers.md, Auth0). */
  auth0: asked => {
    const { sent, returnAddress } = asked
    if (sent.get('client_id') !== 'shop' || sent.get('post_logout_redirect_uri') !== returnAddress)
      return refusal('The "post_logout_redirect_uri" is not in the list')
    return back(returnAddress, asked)
  },
  /** Without `logout_hint` users choose an account (providers.md, Microsoft Entra ID). */
  entra: asked => {
    if (asked.sent.get('logout_hint') === null) return ended('Pick an account to sign out of')
    if (asked.sent.get('post_logout_redirect_uri') !== asked.returnAddress) return ended('You signed out')
    return back(asked.returnAddress, asked)
  },
  /** No hint, `client_id`, a return address, a `state` of 22 characters (providers.md, Login.gov). */
  loginGov: asked => {
    const { sent, returnAddress } = asked
    if (sent.has('id_token_hint')) return refusal('You should not be sending id_token_hint')
    if (sent.get('client_id') !== 'shop' || sent.get('post_logout_redirect_uri') !== returnAddress)
      return refusal('redirect_uri does not match')
    if ((sent.get('state') ?? '').length < 22) return refusal('State is too short (minimum is 22 characters)')
    return back(returnAddress, asked)
  },
  /** The policy is in the endpoint's own query (providers.md, Azure AD B2C). */
  b2c: asked => {
    if (asked.sent.getAll('p').join() !== 'b2c_1_in' || !asked.isHinted) return refusal('AADB2C90272')
    return back(asked.returnAddress, asked)
  },
  /** A hint is required with a return address, without one it ends on the portal (providers.md, OneLogin). */
  oneLogin: asked => {
    if (!asked.sent.has('post_logout_redirect_uri')) return ended('OneLogin portal')
    return asked.isHinted ? back(asked.returnAddress, asked) : refusal('id_token_hint is required')
  },
  /** 400 for a wrong hint, an address without a hint, and an unknown address (providers.md, authentik). */
  authentik: asked => {
    const { sent, returnAddress, isHinted } = asked
    const address = sent.get('post_logout_redirect_uri')
    if (sent.has('id_token_hint') && !isHinted) return refusal('Invalid id_token_hint')
    if (address === null) return ended('You have logged out of shop')
    if (!isHinted) return refusal('id_token_hint is required with post_logout_redirect_uri')
    return address === returnAddress ? back(address, asked) : refusal('Invalid post_logout_redirect_uri')
  },
} satisfies Readonly<Record<string, (asked: Asked) => Ending>>

export type LogoutShape = keyof typeof shapes

/** Ends sessions as that provider does. */
export function endSessionAs(
  shape: LogoutShape,
  appUrl: string,
  isIdToken: (hint: string) => boolean,
): Answer {
  return (request, response) => {
    const sent = parametersOf(request)
    if (request.method === 'POST') for (const [name, value] of request.query) sent.append(name, value)
    const isHinted = isIdToken(sent.get('id_token_hint') ?? '')
    const returnAddress = `${appUrl}/logout/callback`
    const ending = shapes[shape]({ method: request.method, sent, returnAddress, isHinted })
    if ('to' in ending) redirect(response, 302, ending.to)
    else sendHtml(response, ending.status, `<p>${ending.page}</p>`)
  }
}
