import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { certify, createAuthority, type Identity } from '../providers/tls-servers.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { type Fault, startFaultProxy } from './fault-proxy.ts'
import type { OpenLink } from './links.ts'

/** What can go wrong only on the way to a provider. */
export const nameFaults = ['unknown host', 'expired', 'other host', 'self-signed'] as const
export type Disturbance = Fault | (typeof nameFaults)[number]

const DAY = 86_400_000

/** Certificates of a server, by what is wrong with them. */
let identities: Promise<Readonly<Record<'right' | 'expired' | 'other host' | 'self-signed', Identity>>>

/** Lets this process trust one authority, in addition to the usual ones, and makes the certificates of servers. */
async function makeIdentities(): Promise<Awaited<typeof identities>> {
  const issuer = await createAuthority('Trusted')
  setDefaultCACertificates([...getCACertificates('default'), issuer.cert])
  const past = { notBeforeDate: new Date(Date.now() - 9 * DAY), notAfterDate: new Date(Date.now() - DAY) }
  return {
    right: await certify({ issuer }),
    expired: await certify({ issuer, ...past }),
    'other host': await certify({ issuer, host: 'other.example' }),
    'self-signed': await certify({}),
  }
}

/** The app's requests to the provider take a way of their own, by TLS; the browser's do not. */
export async function openProviderLink(provider: ScriptedProvider): Promise<OpenLink> {
  identities ??= makeIdentities()
  const known = await identities
  const to = Number(new URL(provider.issuer).port)
  const hugeStart = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"padding":"'
  const proxy = await startFaultProxy({ to: () => to, hugeStart, tls: tlsOf(known.right) })
  let host = '127.0.0.1'
  return {
    async disturb(disturbance) {
      const named = nameFaults.find(fault => fault === disturbance)
      host = named === 'unknown host' ? 'no-such-host.invalid' : '127.0.0.1'
      proxy.present(tlsOf(named && named !== 'unknown host' ? known[named] : known.right))
      await proxy.disturb(named ? undefined : (disturbance as Fault | undefined))
    },
    app: {
      relyingParty: {
        fetch: (url, init) =>
          fetch(
            new URL(url instanceof Request ? url.url : url).href.replace(
              provider.issuer,
              `https://${host}:${proxy.port}`,
            ),
            init,
          ),
      },
    },
    close: proxy.close,
  }
}

const tlsOf = (identity: Identity) => ({ key: identity.private, cert: identity.cert })
