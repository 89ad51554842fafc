import express from 'express'
import { relyingParty, requireUser } from 'express-oidc-rp'
import { instrumentRelyingParty } from 'express-oidc-rp/opentelemetry'
import { postgresStore } from 'express-oidc-rp/postgres'
import { redisStore } from 'express-oidc-rp/redis'
import { sqliteStore } from 'express-oidc-rp/sqlite'
import { signedIn } from 'express-oidc-rp/testing'
import session from 'express-session'

const { PORT, SESSION_SECRET = '' } = process.env

/** One export of every sub path: a path that the compiler or Node.js cannot resolve ends here. */
const doors: readonly ((...given: never[]) => unknown)[] = [
  instrumentRelyingParty,
  postgresStore,
  redisStore,
  signedIn,
  sqliteStore,
]
if (doors.some(door => typeof door !== 'function')) throw new Error('A sub path exports something else.')

const app = express()
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(relyingParty())

app.get('/', (req, res) => {
  res.send(req.user ? `Hello ${req.user.name ?? req.user.sub}` : 'Nobody is signed in.')
})
app.get('/me', requireUser(), (req, res) => {
  res.json(req.user)
})

app.listen(Number(PORT), () => console.log('listening'))
