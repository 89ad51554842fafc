import { startServer } from './src/server.ts'

startServer()
