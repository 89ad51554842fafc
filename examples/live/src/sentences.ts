import { OidcError, type OidcEvents } from 'express-oidc-rp'

export type EventName = keyof OidcEvents

type Sentences = { readonly [Name in EventName]: (event: OidcEvents[Name]) => string }

/** What the page says about each event. TypeScript sees to it that none is missing. */
const sentences: Sentences = {
  'provider.discovered': () => 'The configuration of the provider was read.',
  'provider.failed': ({ error, retryIn }) =>
    `The provider could not be used (${codeOf(error)}). Next attempt in ${secondsOf(retryIn)}.`,
  'client.registered': () => 'The app registered itself as a client.',
  'client.reused': () => 'The app found its credentials, and uses them again.',
  'client.updated': () => 'The registration was changed at the provider.',
  'client.rotated': ({ way }) => `The credentials were rotated: ${ways[way] ?? way}.`,
  'client.replaced': () => 'New sign-ins use another client. The old one serves its sessions until they end.',
  'client.healed': () => 'The provider refused the client. It works again.',
  'client.deleted': () => 'A client was deleted at the provider.',
  'client.failed': ({ error }) => `The registration could not be maintained (${codeOf(error)}).`,
  'login.started': () => 'A browser was sent to the provider.',
  'login.restarted': () => 'A sign-in was started again.',
  'login.silent-failed': () => 'A silent sign-in signed nobody in.',
  'login.completed': () => 'A user signed in.',
  'login.ended': () => 'A session ended.',
  'hook.failed': ({ hook }) => `The hook ${hook} failed.`,
  'userinfo.failed': ({ error }) => `UserInfo could not be fetched (${codeOf(error)}).`,
  'tokens.refreshed': () => 'An access token was renewed.',
  'tokens.failed': ({ error }) => `An access token was not renewed (${codeOf(error)}).`,
  'request.failed': ({ error }) => `A request ended with an error (${codeOf(error)}).`,
  'revocation.failed': ({ error }) => `Tokens could not be revoked (${codeOf(error)}).`,
  'logout.received': ({ endedLogins, duration }) =>
    `The provider ended a session: ${counted(endedLogins, 'session')} ended here within ${milliseconds(duration)}.`,
  'logout.completed': () => 'A user signed out.',
}

const ways: Readonly<Record<string, string>> = {
  keys: 'a new key; the old one stays valid for a while',
  secret: 'a new secret',
  replacement: 'a new client',
}

export const eventNames = Object.keys(sentences) as readonly EventName[]

/** Puts an event into words. */
export function sentenceOf(name: EventName, event: unknown): string {
  return sentences[name](event as never) // the library publishes on each channel what `OidcEvents` says
}

function codeOf(error: Error): string {
  return error instanceof OidcError ? error.code : error.name
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function secondsOf(seconds: number): string {
  return counted(Math.max(1, Math.round(seconds)), 'second')
}

function milliseconds(seconds: number): string {
  return `${Math.max(1, Math.round(seconds * 1_000))} ms`
}
