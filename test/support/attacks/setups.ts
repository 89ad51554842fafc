import express, { type Express } from 'express'
import express4 from 'express4'
import type { TestApp, TestAppOptions } from '../app.ts'

type Start = (options: TestAppOptions) => Promise<TestApp>

/** How an app is built: the major of Express, and the path at which it is mounted in another app, with its own base URL. */
export type Setup = readonly [name: string, make: () => Express, path: string]

export const setups: readonly Setup[] = [
  ['Express 4', express4, ''],
  ['Express 5', express, ''],
  ['Express 4, below a path', express4, '/shop'],
  ['Express 5, below a path', express, '/shop'],
]

/** Starts an app in one of the {@link setups}. Its URL has the path. */
export async function startIn(
  [, make, path]: Setup,
  start: Start,
  options: TestAppOptions = {},
): Promise<TestApp> {
  const makeApp = path === '' ? make : () => mounted(make, path)
  const app = await start({ ...options, makeApp, baseUrl: url => url + path })
  return { ...app, url: app.url + path, userOf: browser => userOf(browser, app.url + path) }
}

const userOf: (browser: Parameters<TestApp['userOf']>[0], url: string) => ReturnType<TestApp['userOf']> =
  async (browser, url) => JSON.parse((await browser.open(`${url}/me`)).text)

/** An app whose requests all come through another one, where it is mounted. */
function mounted(make: () => Express, path: string): Express {
  const [outer, inner] = [make(), make()]
  outer.use(path, inner)
  return new Proxy(inner, { apply: (_inner, _this, [req, res]) => outer(req, res) })
}
