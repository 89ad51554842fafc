import { signedIn, signedOut } from 'express-oidc-rp/testing'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

describe('the pages', () => {
  test('send a visitor to sign in, and back to the page that he asked for', async () => {
    const answer = await request(createApp(signedOut()))
      .get('/orders?page=2')
      .set('Accept', 'text/html')
      .expect(303)
    expect(answer.headers['location']).toBe('https://provider.test/login?returnTo=%2Forders%3Fpage%3D2')
  })

  test('show a user his orders', async () => {
    const answer = await request(createApp(signedIn({ sub: 'bob' })))
      .get('/orders')
      .expect(200)
    expect(answer.text).toContain('A spirit level')
    expect(answer.text).not.toContain('A looking-glass')
  })

  test('show all orders to admins alone', async () => {
    const admin = await request(createApp(signedIn({ roles: ['admin'] })))
      .get('/admin')
      .expect(200)
    expect(admin.text).toContain('A looking-glass')
    await request(createApp(signedIn({ roles: ['editor'] })))
      .get('/admin')
      .expect(403)
  })

  test('greet by name, whatever the name is', async () => {
    const answer = await request(createApp(signedIn({ name: '<b>Una</b>' })))
      .get('/')
      .expect(200)
    expect(answer.text).not.toContain('<b>Una</b>')
  })
})
