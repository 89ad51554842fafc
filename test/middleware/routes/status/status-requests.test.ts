import { describe, expect } from 'vitest'
import { test } from '../../../support/apps/reported-app.ts'
import { pageOf, send } from '../../../support/browser/send.ts'
import type { Page } from '../../../support/browser.ts'
import { codeOf } from '../../../support/flow.ts'

describe('the status', () => {
  test.for([
    ['a monitor', 'application/json', 'application/json; charset=utf-8'],
    ['a browser', 'text/html', 'text/html; charset=utf-8'],
  ] as const)('answers HEAD of %s like GET, without the body', async ([, accept, type], { reported }) => {
    await reported.rp.ready()
    const ask = async (path: string): Promise<Page> => {
      const url = new URL(path, reported.url)
      return pageOf(url, await send(url, { method: 'HEAD', headers: { accept } }))
    }
    const answer = await ask('/status')
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, type, ''])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(200)
    const refused = await ask('/operators') // no operator has signed in
    expect(refused.status).toBe(accept === 'text/html' ? 303 : 401)
  })

  test('is refused to a method that it does not have', async ({ reported, browser }) => {
    expect((await browser.open(`${reported.url}/operators`)).text).toContain('Sign-in status of')
    const page = await browser.post(`${reported.url}/operators`, {})
    expect([page.status, codeOf(page)]).toEqual([405, 'ERR_OIDC_METHOD_NOT_ALLOWED'])
    expect(page.headers.get('allow')).toBe('GET, HEAD')
  })

  test('is not sent ahead of time', async ({ reported, browser }) => {
    const page = await browser.open(`${reported.url}/status`, { headers: { 'sec-purpose': 'prefetch' } })
    expect([page.status, page.text]).toEqual([503, ''])
  })
})
