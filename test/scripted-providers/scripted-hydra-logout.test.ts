import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { framesPageOf } from '../support/browser/frames.ts'
import { configure, redirectOf } from '../support/scripted-hydra/driver.ts'
import { startReceiver } from '../support/scripted-hydra/receiver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { locationOf, postForm, SIGNED_OUT, tokensOf } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra({ retryWaits: [1, 1] })
})

afterEach(() => hydra.close())

const MALFORMED =
  'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.'

async function signIn(metadata: object = {}) {
  const config = await configure(hydra, metadata)
  const { id_token = '' } = await tokensOf(config)
  return {
    id_token_hint: id_token,
    sid: String(decodeJwt(id_token)['sid']),
    clientId: config.clientMetadata().client_id,
  }
}

const leave = (parameters: Record<string, string>) =>
  fetch(`${hydra.issuer}/oauth2/sessions/logout?${new URLSearchParams(parameters).toString()}`, {
    redirect: 'manual',
  })

/** Follows Hydra's own redirects, through the logout page, up to where it sends the browser away. */
async function end(response: Response): Promise<string> {
  const { href } = locationOf(response)
  return href.startsWith(hydra.issuer) && !href.includes('/fallbacks/')
    ? end(await fetch(href, { redirect: 'manual' }))
    : href
}

const failure = (reason: string) => ({
  to: `${hydra.issuer}/oauth2/fallbacks/error`,
  query: { error: 'invalid_request', error_description: `${MALFORMED} Logout failed because ${reason}` },
})

test.each(['state', 'post_logout_redirect_uri'])('without a hint, %s leads to the error page', async name => {
  const response = await leave({ [name]: SIGNED_OUT, client_id: (await signIn()).clientId })
  expect(response.status).toBe(302)
  expect(redirectOf(response)).toEqual(
    failure(`query parameter ${name} is set but id_token_hint is missing.`),
  )
})

test('without a hint and session, the browser ends at the page of Hydra', async () => {
  expect(await end(await leave({}))).toBe(`${hydra.issuer}/oauth2/fallbacks/logout/callback`)
})

test('with a hint, the browser comes back to the registered address with the state, by GET and POST', async () => {
  const parameters = { post_logout_redirect_uri: SIGNED_OUT, state: 'bye' }
  const first = await signIn()
  const response = await leave({ ...parameters, id_token_hint: first.id_token_hint })
  expect(locationOf(response).href).toContain('/ui/logout?logout_challenge=')
  expect(await end(response)).toBe(`${SIGNED_OUT}&state=bye`)
  expect(hydra.sessions.has(first.sid)).toBe(false)
  const { id_token_hint } = await signIn()
  const form = new URLSearchParams({ ...parameters, id_token_hint })
  const posted = await fetch(`${hydra.issuer}/oauth2/sessions/logout`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  })
  expect(await end(posted)).toBe(`${SIGNED_OUT}&state=bye`)
})

test('a state without an address to come back to is dropped', async () => {
  const { id_token_hint } = await signIn()
  expect(await end(await leave({ id_token_hint, state: 'bye' }))).toBe(
    `${hydra.issuer}/oauth2/fallbacks/logout/callback`,
  )
})

test('ends at a page of frames where a client has an address for them', async () => {
  const frontchannel_logout_uri = 'https://app.example/frontchannel-logout?tenant=1'
  const { id_token_hint, sid } = await signIn({ frontchannel_logout_uri })
  const asked = await leave({ id_token_hint, post_logout_redirect_uri: SIGNED_OUT })
  const verified = await fetch(locationOf(asked), { redirect: 'manual' })
  const response = await fetch(locationOf(verified), { redirect: 'manual' })
  const text = await response.text()
  expect(response.status).toBe(200)
  const query = new URLSearchParams({ tenant: '1', iss: hydra.issuer, sid }).toString()
  const page = { status: 200, url: '', headers: response.headers, text }
  expect(framesPageOf(page)).toEqual({
    frames: [`https://app.example/frontchannel-logout?${query}`],
    next: SIGNED_OUT,
  })
  expect(hydra.sessions.has(sid)).toBe(false)
})

test('a session that is over leads straight back, and nobody is told', async () => {
  const { id_token_hint, sid } = await signIn({ backchannel_logout_uri: 'http://127.0.0.1:9/' })
  hydra.sessions.clear()
  const response = await leave({ id_token_hint, post_logout_redirect_uri: SIGNED_OUT })
  expect(locationOf(response).href).toBe(SIGNED_OUT)
  expect(await hydra.deliverLogout(sid)).toEqual([])
})

test('an address must be registered to the letter', async () => {
  const { id_token_hint } = await signIn()
  const response = await leave({ id_token_hint, post_logout_redirect_uri: `${SIGNED_OUT}&more` })
  expect(redirectOf(response)).toEqual(
    failure(
      'query parameter post_logout_redirect_uri is not a whitelisted as a post_logout_redirect_uri for the client.',
    ),
  )
})

test('a hint of a deleted client ends in an error that Hydra does not recognize', async () => {
  const { id_token_hint, clientId } = await signIn()
  hydra.deleteClient(clientId)
  expect(redirectOf(await leave({ id_token_hint }))).toEqual({
    to: `${hydra.issuer}/oauth2/fallbacks/error`,
    query: { error: 'error', error_description: 'The error is unrecognizable' },
  })
})

test('a hint from before a key rotation is refused, one that has expired is not', async () => {
  const { id_token_hint } = await signIn()
  const expired = await hydra.sign({ ...decodeJwt(id_token_hint), exp: 1 })
  expect(await end(await leave({ id_token_hint: expired, post_logout_redirect_uri: SIGNED_OUT }))).toBe(
    SIGNED_OUT,
  )
  await hydra.rotateKeys()
  expect(redirectOf(await leave({ id_token_hint })).query).toMatchObject({ error: 'invalid_request' })
})

test('tokens outlive the session', async () => {
  const config = await configure(hydra)
  const { access_token, id_token = '' } = await tokensOf(config)
  await end(await leave({ id_token_hint: id_token }))
  const response = await postForm(`${hydra.issuer}/userinfo`, new URLSearchParams({ access_token }))
  expect(response.status).toBe(200)
})

describe('a logout token', () => {
  test('has a sid, no sub, no exp, a list as aud and typ JWT', async () => {
    const { sid, clientId } = await signIn()
    const token = await hydra.logoutToken(sid, clientId)
    expect(decodeJwt(token)).toEqual({
      iss: hydra.issuer,
      aud: [clientId],
      iat: expect.any(Number),
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      sid,
    })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'JWT', kid: hydra.keys[0]?.kid })
  })

  test('is posted when the user signs out, to the app that began it too', async () => {
    await using receiver = await startReceiver(() => 204)
    const { id_token_hint, clientId, sid } = await signIn({ backchannel_logout_uri: receiver.url })
    await end(await leave({ id_token_hint }))
    await expect.poll(() => hydra.deliveries[0]?.answers).toEqual([204])
    expect(receiver.tokens).toEqual([hydra.deliveries[0]?.token])
    expect(hydra.deliveries).toMatchObject([{ clientId, uri: receiver.url }])
    expect(decodeJwt(receiver.tokens[0] ?? '')['sid']).toBe(sid)
  })

  test('is sent again after 429, 5xx and no answer, three times at most, and is the same then', async () => {
    await using receiver = await startReceiver(count => (count === 1 ? 503 : count === 2 ? 429 : 500))
    const { sid } = await signIn({ backchannel_logout_uri: receiver.url })
    expect(await hydra.deliverLogout(sid)).toMatchObject([{ answers: [503, 429, 500] }])
    expect(new Set(receiver.tokens).size).toBe(1)
    const { sid: other } = await signIn({ backchannel_logout_uri: 'http://127.0.0.1:9/' })
    expect(await hydra.deliverLogout(other)).toMatchObject([
      { answers: ['unreachable', 'unreachable', 'unreachable'] },
    ])
  })

  test.each([400, 501])('is not sent again after %i', async status => {
    await using receiver = await startReceiver(() => status)
    const { sid } = await signIn({ backchannel_logout_uri: receiver.url })
    expect(await hydra.deliverLogout(sid)).toMatchObject([{ answers: [status] }])
    expect(await hydra.deliverLogout(sid)).toEqual([])
  })
})
