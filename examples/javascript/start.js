import { existsSync } from 'node:fs'

if (existsSync('.env')) process.loadEnvFile() // a variable that is already set keeps its value
await import('./src/server.js')
