import Strategy from 'passport-openidconnect'
import { type Mount, SCOPE } from './app.ts'
import { mountPassport } from './passport.ts'

/** passport-openidconnect has no discovery: the endpoints are configured. */
export const mount: Mount = (app, { issuer, baseUrl, clientId, clientSecret }) => {
  const options = {
    issuer,
    authorizationURL: `${issuer}/auth`,
    tokenURL: `${issuer}/token`,
    userInfoURL: `${issuer}/me`,
    clientID: clientId,
    clientSecret,
    callbackURL: `${baseUrl}/callback`,
    scope: SCOPE.split(' '),
  }
  mountPassport(app, new Strategy(options, (_issuer, profile, done) => done(null, { sub: profile.id })))
}
