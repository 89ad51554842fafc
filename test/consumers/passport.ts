import express, { type Request } from 'express'
import { relyingParty, requireUser, type UserClaims } from 'express-oidc-rp'
import session from 'express-session'
import passport from 'passport'

const { PORT, SESSION_SECRET = '' } = process.env

/** Signs robots in, beside the people whom the relying party signs in. */
class ApiKeyStrategy extends passport.Strategy {
  override readonly name = 'api-key'

  override authenticate(req: Request): void {
    if (req.headers['x-api-key'] === 'robot') this.success({ sub: 'robot' })
    else this.fail(401)
  }
}

const app = express()
passport.use(new ApiKeyStrategy())
app.get('/robot', passport.authenticate('api-key', { session: false }), (req, res) => {
  const user: Express.User | undefined = req.user
  res.json(user)
})

app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(relyingParty())

app.get('/', (req, res) => {
  res.send(req.user ? `Hello ${req.user.name ?? req.user.sub}` : 'Nobody is signed in.')
})
app.get('/me', requireUser(), (req, res) => {
  const user: UserClaims | undefined = req.user
  res.json(user)
})

app.listen(Number(PORT), () => console.log('listening'))
