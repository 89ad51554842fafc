import type { Express } from 'express'
import express from 'express'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import { at, browserOfHosts, twoHosts } from '../../support/apps/two-hosts.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { locationOf, test } from '../../support/flow.ts'

const versions = [
  ['Express 4', express4],
  ['Express 5', express],
] as const

/** Names that only resemble the second address, whose port stands for `:P`. */
const forged = [
  'evil.example',
  'boutique.localhost',
  'boutique.localhost:80',
  'boutique.localhost:P.evil.example',
  'boutique.localhost:P@evil.example',
  'evil@boutique.localhost:P',
  'evil.boutique.localhost:P',
  'boutique.localhost.:P',
  'boutique.localhost:P/evil',
  'boutique.localhost:P?evil',
  'boutique.localhost:P#evil',
  'boutique.localhost:P, evil.example',
  'boutique.localhost :P',
  '__proto__',
]

/** The redirect URI of a sign-in, and everything that the answer says. */
function begunAt(page: Page): readonly [redirectUri: string | null, all: string] {
  const all = JSON.stringify([...page.headers]) + page.text
  return [locationOf(page).searchParams.get('redirect_uri'), all]
}

describe.for(versions)('on %s, with two addresses', ([, makeApp]) => {
  test.for(forged)('a request with the host %s is one to the first address', async (name, { start }) => {
    const app = await start({ ...twoHosts, makeApp })
    const host = name.replace(':P', `:${new URL(app.url).port}`)
    const page = await new Browser().open(`${app.url}/login`, { headers: { host }, follow: false })
    const [redirectUri, all] = begunAt(page)
    expect(redirectUri).toBe(`${at('shop', app.url)}/callback`)
    expect(all).not.toContain('evil')
    expect(all).not.toContain('boutique')
  })

  test.for([
    ['x-forwarded-host', 'boutique.localhost:P'],
    ['x-forwarded-host', 'evil.example'],
    ['forwarded', 'host=boutique.localhost:P'],
    ['x-host', 'boutique.localhost:P'],
    ['x-original-host', 'evil.example'],
  ] as const)('%s: %s counts for nothing without trust in a proxy', async ([header, value], { start }) => {
    const app = await start({ ...twoHosts, makeApp })
    const headers = { [header]: value.replace(':P', `:${new URL(app.url).port}`) }
    const page = await browserOfHosts().open(`${at('shop', app.url)}/login`, { headers, follow: false })
    expect(begunAt(page)[0]).toBe(`${at('shop', app.url)}/callback`)
  })

  const baseUrl = () => ['https://shop.example', 'https://boutique.example', 'https://port.example:8443']
  const trusting = (server: Express): void => void server.set('trust proxy', 1)
  test.for([
    ['its host', { host: 'boutique.example' }, 'https://boutique.example'],
    ['its host with the usual port', { host: 'Boutique.Example:443' }, 'https://boutique.example'],
    ['its host with another port', { host: 'boutique.example:8443' }, 'https://shop.example'],
    ['its port', { host: 'port.example:8443' }, 'https://port.example:8443'],
    ['another port', { host: 'port.example' }, 'https://shop.example'],
    [
      'X-Forwarded-Host',
      { host: 'app:3000', 'x-forwarded-host': 'boutique.example' },
      'https://boutique.example',
    ],
    [
      'X-Forwarded-Host with its port',
      { host: 'app:3000', 'x-forwarded-host': 'port.example:8443' },
      'https://port.example:8443',
    ],
    [
      'several in X-Forwarded-Host',
      { host: 'app:3000', 'x-forwarded-host': 'boutique.example, shop.example' },
      'https://boutique.example',
    ],
    [
      'an unknown X-Forwarded-Host',
      { host: 'boutique.example', 'x-forwarded-host': 'evil.example' },
      'https://shop.example',
    ],
    ['http', { host: 'boutique.example', 'x-forwarded-proto': 'http' }, 'https://shop.example'],
  ] as const)('behind a trusted proxy, by %s', async ([, headers, expected], { start }) => {
    const app = await start({ baseUrl, makeApp, before: trusting })
    const page = await new Browser().open(`${app.url}/login`, {
      headers: { 'x-forwarded-proto': 'https', ...headers },
      follow: false,
    })
    expect(begunAt(page)[0]).toBe(`${expected}/callback`)
    expect(page.headers.getSetCookie().join()).toMatch(
      /^__Host-oidc\.[^;]+; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/,
    )
  })
})

test('says that a proxy must be trusted for the second address to be known', async ({ start, browser }) => {
  const baseUrl = () => ['https://shop.example', 'https://boutique.example']
  const app = await start({ baseUrl })
  await browser.open(app.url, { headers: { host: 'boutique.example', 'x-forwarded-proto': 'https' } })
  expect(app.log.at(-1)).toMatch(
    /^A page was opened at https:\/\/boutique\.example, which is in options\.baseUrl/,
  )
  expect(app.log.at(-1)).toContain("app.set('trust proxy', 1)")
})
