import { authTimeOf } from '../../protocol/tokens/id-token.ts'
import { LOGOUT_CLOCK_TOLERANCE } from '../../protocol/tokens/logout-token.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { compareAndSet, ifUnchanged } from '../../stores/compare-and-set.ts'
import { readRecord } from '../../stores/stored-record.ts'
import { hasMembers, isNumber, isTime } from '../../vocabulary/json.ts'
import type { Login } from '../login/login.ts'
import { buildKey, tenantIssuerOf } from '../login/record-keys.ts'

/**
 * A LogoutMark says that logins have ended, and outlives all of them. It is written before their sessions are destroyed, so
 * that a request that writes a session or starts a login at that moment can see it afterwards.
 */
const GRACE = 600_000

/** The mark of a subject: logins that began until then have ended. */
interface SubjectMark {
  /** Seconds since 1970 by the provider's clock, from the logout token. */
  readonly iat: number
  /** Milliseconds since 1970 by this server's clock: the provider approved a sign-in that began later. */
  readonly receivedAt: number
}

/** Whose logins have ended. */
interface Meant {
  readonly sid?: string | undefined
  readonly sub?: string | undefined
  readonly tenantIssuer: string | undefined
}

const isSubjectMark = hasMembers<SubjectMark>({ iat: isNumber, receivedAt: isTime })

/** Seconds that a mark lives. */
function markLifetime({ absoluteLifetime }: Settings): number {
  return (absoluteLifetime + GRACE) / 1_000
}

/**
 * Marks a session at the provider as ended; with `sub`, only that user's logins of it. Returns `false` if it was marked before: from
 * then on no login of it could begin, so that mark outlives all of them.
 */
export async function markProviderSession(
  settings: Settings,
  meant: Meant & { readonly sid: string },
): Promise<boolean> {
  const options = { ifAbsent: true, lifetime: markLifetime(settings) } as const
  return (await settings.store.set(sessionMark(settings, meant), 'over', options)) !== undefined
}

/** Marks a user's logins that began until `iat` as ended. A mark only moves forward. */
export async function markSubject(
  settings: Settings,
  meant: Meant & { readonly sub: string },
  iat: number,
): Promise<void> {
  const { store } = settings
  const key = subjectMark(settings, meant)
  await compareAndSet(store, async () => {
    const stored = await readRecord(store, key, isSubjectMark)
    const before = stored && believeMark(settings, stored.record)
    const mark: SubjectMark = {
      iat: Math.max(iat, before?.iat ?? iat),
      receivedAt: Math.max(Date.now(), before?.receivedAt ?? 0),
    }
    const options = { ...ifUnchanged(stored), lifetime: markLifetime(settings) }
    const result = await store.set(key, JSON.stringify(mark), options)
    return result === undefined ? undefined : { result }
  })
}

/** A mark that was written while a clock was ahead must not end what begins after it. */
function believeMark({ since }: Settings, mark: SubjectMark): SubjectMark {
  const receivedAt = since(mark.receivedAt)
  return { iat: Math.min(mark.iat, receivedAt / 1_000 + LOGOUT_CLOCK_TOLERANCE), receivedAt }
}

/** Marks one login as ended. */
export async function markLogin(settings: Settings, loginId: string): Promise<void> {
  await settings.store.set(loginMark(settings, loginId), 'over', { lifetime: markLifetime(settings) })
}

/** Whether a login has ended. One read. */
export async function isLoginOver(settings: Settings, loginId: string): Promise<boolean> {
  return (await settings.store.get(loginMark(settings, loginId))) !== undefined
}

/**
 * Whether the provider has ended what this login belongs to: its session there, or all logins of the user until some time by
 * the provider's clock. A user whom the provider still knows by an older authentication may sign in again after the logout.
 */
export async function isOverAtProvider(
  settings: Settings,
  { claims }: Login,
  signInStartedAt: number,
): Promise<boolean> {
  const { store } = settings
  const { sub, sid } = claims
  const tenantIssuer = tenantIssuerOf(settings, claims)
  const ofSession =
    sid === undefined
      ? []
      : [sessionMark(settings, { sid, tenantIssuer }), sessionMark(settings, { sid, sub, tenantIssuer })]
  const [subject, ...sessions] = await Promise.all([
    readRecord(store, subjectMark(settings, { sub, tenantIssuer }), isSubjectMark),
    ...ofSession.map(key => store.get(key)),
  ])
  if (sessions.some(mark => mark !== undefined)) return true
  if (!subject) return false
  const { iat, receivedAt } = believeMark(settings, subject.record)
  const authTime = authTimeOf(claims)
  if (authTime === undefined) return claims.iat <= iat || signInStartedAt <= receivedAt
  return authTime <= iat && signInStartedAt <= receivedAt + settings.clockTolerance
}

/** When the user authenticated for a login, as far as its ID token says, in seconds by the provider's clock. */
export function beganAt(claims: Login['claims']): number {
  return authTimeOf(claims) ?? claims.iat
}

const sessionMark = (
  settings: Settings,
  { sid, sub, tenantIssuer }: Meant & { readonly sid: string },
): string =>
  buildKey(
    settings,
    'over',
    ...(sub === undefined ? ['session', sid] : ['session of', sid, sub]),
    ...[tenantIssuer ?? []].flat(),
  )

const subjectMark = (settings: Settings, { sub, tenantIssuer }: Meant & { readonly sub: string }): string =>
  buildKey(settings, 'over', 'subject', sub, ...[tenantIssuer ?? []].flat())

const loginMark = (settings: Settings, loginId: string): string =>
  buildKey(settings, 'over', 'login', loginId)
