import { AdminApi } from './admin-api.ts'
import { createLoginConsent } from './app.ts'

const { LOGIN_CONSENT_PORT = '3001', LOGIN_CONSENT_HOST = '127.0.0.1' } = process.env
const { HYDRA_ADMIN_URL = 'http://127.0.0.1:4445' } = process.env
const port = Number(LOGIN_CONSENT_PORT)
// By default, it listens only on this machine, because anyone who can reach it can try passwords.
const server = createLoginConsent(new AdminApi(HYDRA_ADMIN_URL)).listen(port, LOGIN_CONSENT_HOST)

server.on('listening', () => console.log(`The login and consent app listens on port ${port}.`))

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(
    `Port ${port} is already in use. Set LOGIN_CONSENT_PORT to another one, and change it in compose.yaml, too.`,
  )
  process.exit(1)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close())
}
