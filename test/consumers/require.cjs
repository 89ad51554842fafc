const express = require('express')
const { relyingParty, requireUser } = require('express-oidc-rp')
const session = require('express-session')

const { PORT, SESSION_SECRET } = process.env

const app = express()
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(relyingParty())

app.get('/', (req, res) => {
  res.send(req.user ? `Hello ${req.user.name}` : 'Nobody is signed in.')
})
app.get('/me', requireUser(), (req, res) => {
  res.json(req.user)
})

app.listen(PORT, () => console.log('listening'))
