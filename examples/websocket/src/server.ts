import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { chat } from './chat.ts'

const { PORT = '3000' } = process.env
const port = Number(PORT)
const { middleware, authenticate } = createAuth()
const server = createApp(...middleware).listen(port)
const connections = chat(server, authenticate)

server.on('listening', () => console.log(`The app listens on port ${port}.`))

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${port} is already in use. Set PORT to another one.`)
  process.exit(1)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit())
    connections.close()
  })
}
