import express from 'express'
import { relyingParty, requireUser } from 'express-oidc-rp'
import session from 'express-session'

const { PORT, SESSION_SECRET = '' } = process.env

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
