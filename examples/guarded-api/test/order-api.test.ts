import { signedIn, signedOut } from 'express-oidc-rp/testing'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

const alice = { sub: 'alice', roles: ['admin'] }
const bob = { sub: 'bob', roles: [] }
const anHourAgo = Math.floor(Date.now() / 1000) - 3600

describe('the order API', () => {
  test('tells an API client that it must sign in, and where', async () => {
    const response = await request(createApp(signedOut())).get('/api/orders').expect(401)
    expect(response.body).toMatchObject({
      error: 'ERR_OIDC_UNAUTHENTICATED',
      loginUrl: 'https://app.test/login',
    })
  })

  test('never redirects, not even a browser', async () => {
    const asBrowser = request(createApp(signedOut())).get('/api/orders').set('Accept', 'text/html')
    await asBrowser.expect(401)
  })

  test('lists only the orders of the user', async () => {
    const response = await request(createApp(signedIn(bob)))
      .get('/api/orders')
      .expect(200)
    expect(response.body).toEqual([{ id: '2', owner: 'bob', item: 'A spirit level' }])
  })

  test('accepts an order', async () => {
    const app = createApp(signedIn(bob))
    await request(app).post('/api/orders').send({ item: 'A hammer' }).expect(201)
    const response = await request(app).get('/api/orders')
    expect(response.body).toContainEqual({ id: '3', owner: 'bob', item: 'A hammer' })
  })

  test.each([
    ['no item', { type: 'application/json', body: '{}' }],
    ['a blank item', { type: 'application/json', body: '{"item":" "}' }],
    ['what a form on another site can send', { type: 'text/plain', body: '{"item":"A hammer"}' }],
  ])('refuses %s', async (_name, { type, body }) => {
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

  test('does not let other users remove one', async () => {
    const app = createApp(signedIn(bob))
    await request(app).delete('/api/orders/2').expect(403)
    expect((await request(app).get('/api/orders')).body).toHaveLength(1)
  })

  test('asks an admin who signed in an hour ago to sign in again', async () => {
    const app = createApp(signedIn({ ...alice, auth_time: anHourAgo }))
    const response = await request(app).delete('/api/orders/1').expect(401)
    expect(response.headers['www-authenticate']).toContain('max_age="300"')
    expect((await request(app).get('/api/orders')).body).toHaveLength(1)
  })
})
