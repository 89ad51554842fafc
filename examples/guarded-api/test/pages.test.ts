import { signedIn, signedOut } from 'express-oidc-rp/testing'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

describe('the pages', () => {
  test('send a visitor to sign in, and back to the page they asked for', async () => {
    const response = await request(createApp(signedOut()))
      .get('/orders?page=2')
      .set('Accept', 'text/html')
      .expect(303)
    expect(response.headers['location']).toBe('https://provider.test/login?returnTo=%2Forders%3Fpage%3D2')
  })

  test('show users their own orders', async () => {
    const response = await request(createApp(signedIn({ sub: 'bob' })))
      .get('/orders')
      .expect(200)
    expect(response.text).toContain('A spirit level')
    expect(response.text).not.toContain('A looking-glass')
  })

  test('show all orders only to admins', async () => {
    const admin = await request(createApp(signedIn({ roles: ['admin'] })))
      .get('/admin')
      .expect(200)
    expect(admin.text).toContain('A looking-glass')
    await request(createApp(signedIn({ roles: ['editor'] })))
      .get('/admin')
      .expect(403)
  })

  test('escape the name in the greeting', async () => {
    const response = await request(createApp(signedIn({ name: '<b>Una</b>' })))
      .get('/')
      .expect(200)
    expect(response.text).not.toContain('<b>Una</b>')
  })
})
