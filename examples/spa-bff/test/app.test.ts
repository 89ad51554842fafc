import { signedIn, signedOut } from 'express-oidc-rp/testing'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

const bob = { sub: 'bob', name: 'Bob' }
const note = { text: 'Buy milk' }

describe('the back end', () => {
  test('serves the front end to everyone', async () => {
    const response = await request(createApp(signedOut())).get('/').expect(200)
    expect(response.text).toContain('<script type="module" src="/main.js">')
    expect(response.headers['content-security-policy']).toContain("default-src 'self'")
  })

  test('tells the front end who is signed in', async () => {
    expect((await request(createApp(signedOut())).get('/api/me')).body).toEqual({ user: null })
    expect((await request(createApp(signedIn(bob))).get('/api/me')).body).toEqual({ user: { name: 'Bob' } })
  })

  test('answers 401 with the address to sign in at, even to a page request', async () => {
    const response = await request(createApp(signedOut()))
      .get('/api/notes')
      .set('Accept', 'text/html')
      .expect(401)
    expect(response.body.loginUrl).toBe('https://app.test/login')
  })

  test.each([{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: 'https://app.test' }])(
    'accepts a note from its own pages: %o',
    async headers => {
      const app = createApp(signedIn(bob))
      await request(app).post('/api/notes').set(headers).send(note).expect(201)
      expect((await request(app).get('/api/notes')).body).toEqual(['Buy milk'])
    },
  )

  test.each([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.test' },
    { Origin: 'https://evil.test' },
    { Origin: 'null' },
    {},
  ])('refuses a note from elsewhere: %o', async headers => {
    const app = createApp(signedIn(bob))
    await request(app).post('/api/notes').set(headers).send(note).expect(403)
    expect((await request(app).get('/api/notes')).body).toEqual([])
  })

  test('shows users only their own notes', async () => {
    const app = createApp((req, res, next) => signedIn({ sub: req.get('x-user') ?? '' })(req, res, next))
    await request(app).post('/api/notes').set({ 'Sec-Fetch-Site': 'same-origin', 'x-user': 'bob' }).send(note)
    expect((await request(app).get('/api/notes').set('x-user', 'alice')).body).toEqual([])
    expect((await request(app).get('/api/notes').set('x-user', 'bob')).body).toEqual(['Buy milk'])
  })

  test.each([{}, { text: ' ' }, { text: 'x'.repeat(201) }, { text: 1 }])(
    'refuses the note %o',
    async body => {
      const app = createApp(signedIn(bob))
      await request(app).post('/api/notes').set('Sec-Fetch-Site', 'same-origin').send(body).expect(400)
    },
  )
})
