import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import express from 'express'
import { describe, expect } from 'vitest'
import { isSignedIn, logoutToken, test, visit } from '../../../support/logout.ts'

describe('the address of the back-channel logout', () => {
  test.for(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('takes no %s', async (method, { app, provider }) => {
    const visitor = await visit(app)
    const query = new URLSearchParams({ logout_token: await logoutToken(provider, { sid: visitor.sid }) })
    const answer = await fetch(`${app.url}/backchannel-logout?${query.toString()}`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  test.for([
    ['JSON', 'application/json', (token: string) => JSON.stringify({ logout_token: token })],
    ['plain text', 'text/plain', (token: string) => `logout_token=${token}`],
    ['no type', undefined, (token: string) => Buffer.from(`logout_token=${token}`)],
    ['a form without a token', 'application/x-www-form-urlencoded', () => 'other=1'],
    [
      'a form with two',
      'application/x-www-form-urlencoded',
      (token: string) => `logout_token=${token}&logout_token=${token}`,
    ],
    ['a form with a list', 'application/x-www-form-urlencoded', (token: string) => `logout_token[]=${token}`],
    [
      'a form that is too large',
      'application/x-www-form-urlencoded',
      (token: string) => `logout_token=${token}&x=${'x'.repeat(17_000)}`,
    ],
  ] as const)('takes no %s', async ([, type, body], { app, provider }) => {
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    const answer = await fetch(`${app.url}/backchannel-logout`, {
      method: 'POST',
      headers,
      body: body(token),
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  test('takes the next request of a connection whose last form was too large', async ({
    app,
    provider,
    onTestFinished,
  }) => {
    const visitor = await visit(app)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const post = async (body: string): Promise<[status: number | undefined, isReused: boolean]> => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = request(`${app.url}/backchannel-logout`, { method: 'POST', headers, agent }).end(body)
      const [answer]: IncomingMessage[] = await once(sent, 'response')
      answer?.resume()
      return [answer?.statusCode, sent.reusedSocket]
    }
    expect(await post(`logout_token=${'x'.repeat(1_000_000)}`)).toEqual([400, false])
    const token = await logoutToken(provider, { sid: visitor.sid })
    expect(await post(`logout_token=${token}`)).toEqual([200, true])
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test.for([
    'logout_token[toString]=1',
    'logout_token[a][b]=1',
    'logout_token[__proto__]=1',
    'logout_token[][valueOf]=1&logout_token[][toString]=1',
  ])('takes no %s behind a parser that makes objects', async (body, { start }) => {
    const app = await start({ before: router => router.use(express.urlencoded({ extended: true })) })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await fetch(`${app.url}/backchannel-logout`, { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })
})
