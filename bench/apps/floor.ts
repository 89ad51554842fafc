import express from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Mount, memorySession, publicPage } from './app.ts'

/** What every app pays: express, express-session, and for a logout token the form and the signature. */
export const mount: Mount = (app, { issuer, clientId }) => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  app.use(memorySession())
  app.get('/public', publicPage)
  app.get('/login', (req, res) => {
    Object.assign(req.session, { user: { sub: req.query['sub'] } })
    res.redirect('/public')
  })
  app.get('/me', (req, res) => {
    const { user } = req.session as { user?: { sub: string } }
    if (user) res.send(user.sub)
    else res.sendStatus(401)
  })
  app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (req, res) => {
    await jwtVerify(req.body.logout_token, keys, { issuer, audience: clientId })
    res.sendStatus(200)
  })
}
