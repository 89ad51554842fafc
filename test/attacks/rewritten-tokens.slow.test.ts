import { describe, expect } from 'vitest'
import { inSignature, withOtherHalf, withSpareBit } from '../support/attacks/rewritten.ts'
import { pass, stopClock } from '../support/clock.ts'
import { isSignedIn, logoutToken, postLogout, test as signedIn, visit } from '../support/logout.ts'
import { test as bound, expectRefused, PROOF } from '../support/tokens/bearer-dpop-flow.ts'
import { toldEvents } from '../support/told-events.ts'

stopClock()

type Rewriting = readonly [name: string, rewrite: (token: string) => string]

const inHeaders: readonly Rewriting[] = [
  ['a spare bit changed', withSpareBit],
  ['padding', token => `${token}==`],
  ['a space in front', token => ` ${token}`],
  ['a space in its signature', inSignature(text => `${text.slice(0, 9)} ${text.slice(9)}`)],
  ['the usual alphabet', inSignature(text => text.replaceAll('-', '+').replaceAll('_', '/'))],
]
const inForms: readonly Rewriting[] = [
  ...inHeaders,
  ['a line end', token => `${token}\n`],
  ['a line end in its signature', inSignature(text => `${text.slice(0, 9)}\n${text.slice(9)}`)],
]
/** These leave the signature of a proof right, however strict the decoder is. */
const right: readonly Rewriting[] = [['the other half of its signature', withOtherHalf]]

describe('a logout token that was used, written with', () => {
  signedIn.for(inForms)('%s, does not count again', async ([, rewrite], { app, provider }) => {
    const events = toldEvents()
    const received = () => events.filter(({ name }) => name === 'logout.received').length
    const { browser, sub } = await visit(app)
    const token = await logoutToken(provider, { sub })
    expect((await postLogout(app, token)).status).toBe(200)
    expect([received(), await isSignedIn({ browser }, app)]).toEqual([1, [false]])
    pass(1_000)
    const again = await visit(app, browser)
    expect([200, 400]).toContain((await postLogout(app, rewrite(token))).status)
    expect([received(), await isSignedIn(again, app)]).toEqual([1, [true]])
    expect((await postLogout(app, await logoutToken(provider, { sub }))).status).toBe(200)
    expect([received(), await isSignedIn(again, app)]).toEqual([2, [false]])
  })
})

describe('a proof that was used, written with', () => {
  bound.for([...inHeaders, ...right])(
    '%s, does not count again',
    async ([, rewrite], { api, program, token }) => {
      const proof = await program.proof({ url: `${api.url}/api`, token })
      expect((await program.call(api, '/api', token, { proofs: [proof] })).status).toBe(200)
      expectRefused(await program.call(api, '/api', token, { proofs: [rewrite(proof)] }), api, PROOF)
      expect((await program.call(api, '/api', token)).status).toBe(200)
    },
  )

  bound.for(right)('%s, counts where it comes first', async ([, rewrite], { api, program, token }) => {
    const proof = await program.proof({ url: `${api.url}/api`, token })
    expect((await program.call(api, '/api', token, { proofs: [rewrite(proof)] })).status).toBe(200)
    expectRefused(await program.call(api, '/api', token, { proofs: [proof] }), api, PROOF)
  })
})
