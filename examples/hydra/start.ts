// Hydra's cookies are for 127.0.0.1, so the apps use 127.0.0.1 instead of localhost, too.
const {
  PORT = '3000',
  BASE_URL = `http://127.0.0.1:${PORT}`,
  ISSUER_BASE_URL = 'http://127.0.0.1:4444',
  // Inside Hydra's container, 127.0.0.1 is the container itself.
  BACKCHANNEL_LOGOUT_URI = `http://host.docker.internal:${PORT}/backchannel-logout`,
} = process.env
Object.assign(process.env, { BASE_URL, ISSUER_BASE_URL, BACKCHANNEL_LOGOUT_URI })

await import('./login-consent/server.ts')
await import('./src/server.ts')
console.log(`Open ${BASE_URL} and sign in as alice with the password wonderland. Press Ctrl+C to stop.`)
