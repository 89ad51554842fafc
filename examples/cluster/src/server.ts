import { subscribe } from 'node:diagnostics_channel'
import { hostname } from 'node:os'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { redis } from './redis.ts'

const { PORT = '3000', REPLICA = hostname() } = process.env
const port = Number(PORT)
const server = createApp(REPLICA, ...createAuth()).listen(port)

server.on('listening', () => console.log(`Listening on port ${port}.`))

subscribe('express-oidc-rp:logout.received', () => console.log('The provider ended a session.'))

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${port} is already in use.`)
  process.exit(1)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => void redis.close().finally(() => process.exit())))
}
