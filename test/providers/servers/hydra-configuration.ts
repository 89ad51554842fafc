/** Where the parts of a Hydra are. */
export interface HydraAddresses {
  readonly issuer: string
  readonly admin: string
  /** The login and consent app. */
  readonly pages: string
}

/** What differs between Hydras, and during the life of one. */
interface HydraSwitches {
  readonly dsn: string
  /** Whether apps may register. */
  readonly isOpen: boolean
}

/** What Hydra reads from its file, and reads again when the file changes. */
export function buildHydraConfiguration(
  { issuer, admin, pages }: HydraAddresses,
  { dsn, isOpen }: HydraSwitches,
): object {
  const serve = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })
  return {
    dsn,
    log: { level: 'error' },
    secrets: { system: ['a secret of at least 16 characters'] },
    serve: { public: serve(issuer), admin: serve(admin) },
    urls: {
      self: { issuer },
      login: `${pages}/login`,
      consent: `${pages}/consent`,
      logout: `${pages}/logout`,
      error: `${pages}/error`,
    },
    webfinger: { oidc_discovery: { client_registration_url: `${issuer}/oauth2/register` } },
    oidc: { dynamic_client_registration: { enabled: isOpen } },
  }
}
