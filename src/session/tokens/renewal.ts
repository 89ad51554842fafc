import { setTimeout as sleep } from 'node:timers/promises'
import { tryLease } from '../../relying-party/lease.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Login } from '../login/login.ts'
import { readTokens, type StoredTokens } from '../login/token-record.ts'
import { findToken, isGood, isValid, type WantedToken } from './access-token-request.ts'
import { type BoundRefresh, refreshOnce } from './refresh-once.ts'

/** Longer than a request to the provider may take, which is 5 seconds. So long others wait for a process that died. */
const LEASE = 6_000
/** Milliseconds that a process waits for another one: with a token that is still valid, and without. */
const PATIENCE = { withToken: 2_000, without: 15_000 }
const POLL = 50

/** Renews an access token by the refresh token, as the one process that does so now. Who waited finds it done. */
export async function renewAccessToken(rp: RelyingParty, login: Login, wanted: WantedToken): Promise<string> {
  const lease = { key: `refresh:${login.id}`, duration: LEASE }
  for (const begun = Date.now(); ; await sleep(POLL * (1 + Math.random()), undefined, { ref: false })) {
    const done = await tryLease(rp.settings, lease, bind => renewUnderLease({ rp, login, wanted, bind }))
    if (done?.result !== undefined) return done.result
    const { tokens } = await readOrRefuse(rp, login)
    const token = findToken(tokens, wanted)
    if (token && isGood(token, wanted)) return token.accessToken
    const patience = token && isValid(token) ? PATIENCE.withToken : PATIENCE.without
    if (Date.now() - begun > patience) throw tooLong()
  }
}

/** Reads the tokens again: whoever had the lease before may have renewed them. `undefined` if they changed once more. */
async function renewUnderLease(refresh: BoundRefresh): Promise<string | undefined> {
  const { rp, login, wanted } = refresh
  const stored = await readOrRefuse(rp, login)
  const token = findToken(stored.tokens, wanted)
  return token && isGood(token, wanted) ? token.accessToken : refreshOnce(refresh, stored)
}

async function readOrRefuse(rp: RelyingParty, login: Login): Promise<StoredTokens> {
  const stored = await readTokens(rp, login)
  if (!stored) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  return stored
}

function tooLong(): OidcError {
  return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    message: 'The access token is being renewed by another process, which takes too long.',
  })
}
