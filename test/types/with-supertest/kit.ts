import type express from 'express'
import { signIn, testProvider } from 'express-oidc-rp/testing'
import supertest from 'supertest'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** What is said here is checked by the compiler alone; nothing runs. */
export async function kit(app: express.Express): Promise<void> {
  const provider = await testProvider({ user: { sub: 'alice', roles: ['admin'] } })
  const answer = await signIn(supertest.agent(app), { user: { acr: 'gold' }, path: '/admin' })
  const isResponse: Equals<typeof answer, supertest.Response> = true
  console.log(provider.issuer, answer.status, isResponse)
}
