import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Delivery, type HydraState, secondsOf } from './state.ts'

/** Hydra facts §3.5. */
const TRIES = 3
const DEADLINE = 30_000

/** Hydra facts §3.5: `sid` and never `sub`, no `exp`, no `nonce`, `aud` a list, `typ` plain `JWT`. */
export function logoutToken(state: HydraState, sid: string, clientId: string): Promise<string> {
  const claims = {
    iss: state.issuer,
    aud: [clientId],
    iat: secondsOf(state),
    jti: randomUUID(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid,
  }
  return state.keyRing.sign(claims)
}

/** Hydra facts §3.4: ends a remembered session and tells every client of it that has an address for that. */
export async function deliverLogout(state: HydraState, sid: string): Promise<Delivery[]> {
  const session = state.sessions.get(sid)
  if (!session) return []
  state.sessions.delete(sid)
  const deliveries: Promise<Delivery>[] = []
  for (const clientId of session.clients) {
    const uri = state.clients.get(clientId)?.backchannel_logout_uri
    if (typeof uri === 'string') deliveries.push(delivered(state, sid, clientId, uri))
  }
  return Promise.all(deliveries)
}

/** Hydra facts §3.5: at most three tries, of one token; only 429, 5xx but 501, and no answer are tried again. */
async function delivered(state: HydraState, sid: string, clientId: string, uri: string): Promise<Delivery> {
  const { signal } = state.process
  const token = await logoutToken(state, sid, clientId)
  const delivery: Delivery = { clientId, uri, token, answers: [] }
  state.deliveries.push(delivery)
  for (let count = 0; count < TRIES; count++) {
    if (count > 0) await sleep(state.retryWaits[count - 1] ?? 0, undefined, { ref: false })
    if (signal.aborted) break
    const status = await post(uri, token, signal)
    delivery.answers.push(status)
    if (status !== 'unreachable' && !isRetried(status)) break
  }
  return delivery
}

async function post(uri: string, token: string, ends: AbortSignal): Promise<number | 'unreachable'> {
  try {
    const signal = AbortSignal.any([ends, AbortSignal.timeout(DEADLINE)])
    const body = new URLSearchParams({ logout_token: token })
    const response = await fetch(uri, { method: 'POST', body, signal })
    await response.body?.cancel()
    return response.status
  } catch {
    return 'unreachable'
  }
}

function isRetried(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501)
}
