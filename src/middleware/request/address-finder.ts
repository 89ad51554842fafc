import type { Request } from 'express'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'

interface AtAddress {
  readonly rp: SessionRelyingParty
}

/**
 * Makes what finds the address of the app that a request was sent to. A host is never used, only compared: one that is not in
 * `baseUrl`, scheme and port included, counts as the main address.
 */
export function addressFinder<Item extends AtAddress>(items: readonly Item[]): (req: Request) => Item {
  const [main, ...others] = items
  if (!main) throw new Error('An app has at least one address.')
  if (others.length === 0) return () => main
  const byAddress = new Map(items.flatMap(item => spellingsOf(item).map(spelling => [spelling, item])))
  return req => byAddress.get(`${req.protocol}://${hostOf(req)}`) ?? main
}

/** How requests name an address: clients may add the usual port. */
function spellingsOf({ rp }: AtAddress): readonly string[] {
  const { protocol, origin, port } = new URL(rp.settings.baseUrl)
  return port === '' ? [origin, `${origin}:${protocol === 'https:' ? 443 : 80}`] : [origin]
}

/** `req.host` of Express 5. In Express 4, it has no port. */
function hostOf({ app, headers, socket }: Request): string {
  const trusts: unknown = app.get('trust proxy fn')
  const isTrusted = typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true
  const [forwarded] = isTrusted ? String(headers['x-forwarded-host'] ?? '').split(',') : []
  return (forwarded?.trim() || headers.host || '').toLowerCase()
}
