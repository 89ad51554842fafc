import type { IncomingMessage } from 'node:http'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** The failure of a sign-in whose transaction was lost again, with what the request shows about the cause. */
export function transactionLost(settings: Settings, req: IncomingMessage, isKnown: boolean): OidcError {
  const message = isKnown
    ? 'The sign-in took longer than ten minutes.'
    : `The cookie of this sign-in did not come back with its callback: ${likelyCause(settings, req)}`
  return new OidcError('ERR_OIDC_TRANSACTION_LOST', { message })
}

function likelyCause({ addresses, partitionedCookies }: Settings, { headers }: IncomingMessage): string {
  if (headers['sec-fetch-dest'] === 'iframe' && !partitionedCookies)
    return 'the page is shown in a frame of another site, where browsers withhold such cookies. Set options.partitionedCookies, and read docs/deployment.md#apps-in-frames.'
  const hosts = addresses.map(({ baseUrl }) => new URL(baseUrl).host)
  if (headers.cookie === undefined)
    return 'the browser sent no cookies at all. It does not accept them from this site, or a proxy removes them.'
  return `the browser sent other cookies, but not this one. Check that users reach the app at ${hosts.join(' or ')}, ${hosts.length > 1 ? 'a' : 'the'} host of baseUrl, when they start to sign in, and that no proxy removes its cookies.`
}
