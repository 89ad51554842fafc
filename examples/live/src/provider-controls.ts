/** What this app can do to a provider on the same machine, to show what happens then. Each call may be repeated. */
export interface ProviderControls {
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Ends the user's session at the provider, where this app knows it by `sid`. The provider then tells its apps. */
  readonly endSession?: (sid: string) => Promise<void>
}
