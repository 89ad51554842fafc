import { signedIn, signedOut } from 'express-oidc-rp/testing'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

const alice = { sub: 'alice', roles: ['admin'] }
const bob = { sub: 'bob', roles: [] }
const anHourAgo = Math.floor(Date.now() / 1000) - 3600

describe('the API of orders', () => {
  test('tells a program that it must sign in, and where', async () => {
    const answer = await request(createApp(signedOut())).get('/api/orders').expect(401)
    expect(answer.body).toMatchObject({
      error: 'ERR_OIDC_UNAUTHENTICATED',
      loginUrl: 'https://app.test/login',
    })
  })

  test('redirects nobody, not even a browser that opens it as a page', async () => {
    const asBrowser = request(createApp(signedOut())).get('/api/orders').set('Accept', 'text/html')
    await asBrowser.expect(401)
  })

  test('lists the orders of the user alone', async () => {
    const answer = await request(createApp(signedIn(bob)))
      .get('/api/orders')
      .expect(200)
    expect(answer.body).toEqual([{ id: '2', owner: 'bob', item: 'A spirit level' }])
  })

  test('takes an order', async () => {
    const app = createApp(signedIn(bob))
    await request(app).post('/api/orders').send({ item: 'A hammer' }).expect(201)
    const answer = await request(app).get('/api/orders')
    expect(answer.body).toContainEqual({ id: '3', owner: 'bob', item: 'A hammer' })
  })

  test.each([
    ['no item', { type: 'application/json', body: '{}' }],
    ['a blank item', { type: 'application/json', body: '{"item":" "}' }],
    ['what a form of another site can send', { type: 'text/plain', body: '{"item":"A hammer"}' }],
  ])('refuses %s', async (_what, { type, body }) => {
    const app = createApp(signedIn(bob))
    await request(app).post('/api/orders').set('Content-Type', type).send(body).expect(400)
    expect((await request(app).get('/api/orders')).body).toHaveLength(1)
  })

  test('lets an admin remove an order', async () => {
    const app = createApp(signedIn(alice))
    await request(app).delete('/api/orders/1').expect(204)
    await request(app).delete('/api/orders/1').expect(404)
    expect((await request(app).get('/api/orders')).body).toEqual([])
  })

  test('lets nobody else remove one', async () => {
    const app = createApp(signedIn(bob))
    await request(app).delete('/api/orders/2').expect(403)
    expect((await request(app).get('/api/orders')).body).toHaveLength(1)
  })

  test('asks an admin who signed in an hour ago to do so again', async () => {
    const app = createApp(signedIn({ ...alice, auth_time: anHourAgo }))
    const answer = await request(app).delete('/api/orders/1').expect(401)
    expect(answer.headers['www-authenticate']).toContain('max_age="300"')
    expect((await request(app).get('/api/orders')).body).toHaveLength(1)
  })
})
