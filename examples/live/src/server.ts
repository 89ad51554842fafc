import type { Server } from 'node:http'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import type { ProviderControls } from './provider-controls.ts'

/** Seconds between two looks at the provider's configuration. The library's default, an hour, is too slow to watch. */
const LOOKS = { here: 2, elsewhere: 60 }

/** Starts the app. With `provider`, the page has buttons that stop and start a provider on this machine. */
export function startServer(provider?: ProviderControls): Server {
  const { PORT = '3000' } = process.env
  const port = Number(PORT)
  const auth = createAuth({ rediscoverEvery: provider ? LOOKS.here : LOOKS.elsewhere })
  const server = createApp(auth, provider).listen(port)

  server.on('listening', () => console.log(`The app listens on port ${port}.`))

  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    console.error(`Port ${port} is already in use. Set PORT to another one.`)
    process.exit(1)
  })

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close(() => process.exit())
      server.closeAllConnections() // an event stream would keep the server open; browsers connect again after the restart
    })
  }
  return server
}
