import { beforeAll } from 'vitest'
import { type HydraTarget, testHydra } from './flows.ts'

const { HYDRA_PUBLIC_URL: publicUrl, HYDRA_ADMIN_URL } = process.env

if (!publicUrl) {
  throw new Error(
    'Set HYDRA_PUBLIC_URL=http://127.0.0.1:4444 (and HYDRA_ADMIN_URL, if it is not port 4445 there) after starting Hydra with: DSN=memory SECRETS_SYSTEM=at-least-16-chars OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED=true URLS_SELF_ISSUER=http://127.0.0.1:4444 URLS_LOGIN=http://127.0.0.1:3000/login URLS_CONSENT=http://127.0.0.1:3000/consent URLS_LOGOUT=http://127.0.0.1:3000/logout hydra serve all --dev --sqa-opt-out',
  )
}

let target: HydraTarget

beforeAll(async () => {
  const base = publicUrl.replace(/\/$/, '')
  const response = await fetch(`${base}/.well-known/openid-configuration`)
  const { issuer } = (await response.json()) as { readonly issuer: string }
  const usualAdmin = new URL(base)
  usualAdmin.port = '4445'
  target = { issuer, adminUrl: (HYDRA_ADMIN_URL ?? usualAdmin.origin).replace(/\/$/, '') }
})

testHydra(() => target)
