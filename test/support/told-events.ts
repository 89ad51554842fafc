import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { OidcEvents } from '../../src/index.ts'

const names = [
  'provider.discovered',
  'provider.failed',
  'client.registered',
  'client.reused',
  'client.updated',
  'client.rotated',
  'client.replaced',
  'client.healed',
  'client.deleted',
  'client.failed',
  'login.started',
  'login.restarted',
  'login.silent-failed',
  'login.completed',
  'hook.failed',
  'userinfo.failed',
  'tokens.refreshed',
  'tokens.failed',
  'login.ended',
  'request.failed',
  'logout.received',
  'logout.completed',
] as const satisfies readonly (keyof OidcEvents)[]

/** An event as a subscriber got it. */
export interface Told {
  readonly name: string
  readonly message: Readonly<Record<string, unknown>>
}

/** Everything that is told from now on, until the test is over. */
export function toldEvents(): readonly Told[] {
  const events: Told[] = []
  for (const name of names) {
    const note = (message: unknown): unknown => events.push({ name, message: message as Told['message'] })
    subscribe(`express-oidc-rp:${name}`, note)
    onTestFinished(() => void unsubscribe(`express-oidc-rp:${name}`, note))
  }
  return events
}

/** What was told of the app's client, by name. */
export function clientEvents(events: readonly Told[]): string[] {
  return events.map(({ name }) => name).filter(name => name.startsWith('client.'))
}
