import { describe, expect } from 'vitest'
import { expectSignIn, test } from '../../support/flow.ts'
import { json } from '../../support/scripted-provider.ts'

describe('a registration that is answered with', () => {
  test.for([
    ['a scope as a list', { scope: ['openid', 'profile', 'email'] }],
    ['a time as text', { client_secret_expires_at: '0' }],
    ['null', { client_name: null, jwks_uri: null, error: null }],
  ] as const)(
    '%s signs users in, and is not changed at the next start',
    async ([, members], { provider, start, browser, directory }) => {
      const usual = provider.usualAnswer('register')
      provider.answer('register', async (request, response) => {
        const end = response.end.bind(response)
        response.end = ((body: string) =>
          end(JSON.stringify({ ...JSON.parse(body), ...members }), 'utf8')) as never
        await usual(request, response)
      })
      const first = await start({ directory })
      await expectSignIn({ app: first, browser })
      await first.close()
      const again = await start({ directory, port: Number(new URL(first.url).port) })
      await again.rp.ready()
      expect(provider.requestsTo('client')).toHaveLength(0)
    },
  )

  test.for(['half a character \ud800', 'clïent', 'two\nlines'])(
    'an id that no request can carry is refused: %j',
    async (client_id, { provider, start }) => {
      provider.answer('register', json({ client_id, client_secret: 'secret' }))
      const app = await start()
      await expect(app.rp.ready({ timeout: 15 })).rejects.toMatchObject({
        code: 'ERR_OIDC_REGISTRATION_REFUSED',
        message: expect.stringContaining(
          'client_id is not a string of 1 to 512 characters of printable ASCII',
        ),
      })
      expect(app.rp.status().clientId).toBeUndefined()
    },
  )

  test('an error with a status of success is refused with the words of the provider', async ({
    provider,
    start,
  }) => {
    provider.answer(
      'register',
      json({ error: 'invalid_client_metadata', error_description: 'No such scope.' }),
    )
    const app = await start()
    await expect(app.rp.ready({ timeout: 15 })).rejects.toMatchObject({
      code: 'ERR_OIDC_REGISTRATION_REFUSED',
      message: expect.stringContaining('No such scope'),
    })
    expect(app.rp.status().clientId).toBeUndefined()
  })
})
