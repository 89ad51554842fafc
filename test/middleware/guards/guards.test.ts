import express from 'express'
import express4 from 'express4'
import supertest, { type Response } from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  expectedAnswer,
  type GuardedApp,
  guards,
  requests,
  startGuarded,
  states,
} from '../../support/guards/guard-table.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

type Asked = keyof typeof requests

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('on %s', (_, makeApp) => {
  let provider: ScriptedProvider
  let app: GuardedApp

  beforeAll(async () => {
    provider = await scriptedProvider()
    app = await startGuarded(provider, makeApp)
  })

  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  describe.each(Object.entries(guards))('%s', (name, [, without]) => {
    test.each(states)('gives the right answer to a visitor who is: %s', async state => {
      const rows = Object.keys(requests) as Asked[]
      const expected = rows.map(request => [request, ...expectedAnswer(without, state, request)])
      const before = app.shown()
      app.disconnect(state === 'store down')
      const answers = []
      for (const request of rows) answers.push([request, ...detailOf(await ask(app, name, state, request))])
      app.disconnect(false)
      expect(answers).toEqual(expected)
      expect(app.shown() - before).toBe(expected.filter(([, status]) => status === 200).length)
    })
  })
})

function ask(
  app: GuardedApp,
  name: string,
  state: (typeof states)[number],
  request: Asked,
): Promise<Response> {
  const [method, headers] = requests[request]
  return supertest(app.url)
    [method](`/${name}`)
    .set({ ...headers, cookie: app.cookies[state] })
}

/** Checks what all answers of a kind have in common, and picks what tells them apart. */
function detailOf(response: Response): [status: number, detail: string] {
  const { status, headers, text } = response
  if (status === 200) return [status, text]
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['www-authenticate'] === undefined).toBe(status !== 401)
  if (status === 303) {
    const to = new URL(String(headers['location']))
    expect(to.pathname).toBe('/authorize')
    const asked = [...to.searchParams].filter(([key]) => ['acr_values', 'vtr', 'max_age'].includes(key))
    const query = new URLSearchParams(asked)
    query.sort()
    return [status, query.toString()]
  }
  const fromPage = /reference: \w{8} \((ERR_OIDC_\w+)\)/.exec(text)?.[1]
  return [status, fromPage ?? String((response.body as { error?: unknown }).error)]
}
