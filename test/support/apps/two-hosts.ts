import { lookup } from 'node:dns'
import type { TestAppOptions } from '../app.ts'
import { Browser } from '../browser.ts'

/** The same app at another host name, on the same port. */
export function at(host: string, url: string): string {
  return `http://${host}.localhost:${new URL(url).port}`
}

/** An app with two public addresses. */
export const twoHosts = {
  baseUrl: (url: string) => [at('shop', url), at('boutique', url)],
} satisfies TestAppOptions

/** A browser that finds every host name below `localhost` on this machine. */
export function browserOfHosts(): Browser {
  return new Browser({ lookup: (_host, options, done) => lookup('localhost', options, done) })
}
