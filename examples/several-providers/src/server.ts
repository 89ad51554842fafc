import { createApp } from './app.ts'
import { createAuth, readIssuers } from './auth.ts'

const { PORT = '3000' } = process.env
const port = Number(PORT)
const issuers = readIssuers()
const server = createApp(issuers, ...createAuth(issuers)).listen(port)

server.on('listening', () => console.log(`The app listens on port ${port}.`))

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${port} is already in use. Set PORT to another one.`)
  process.exit(1)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => process.exit()))
}
