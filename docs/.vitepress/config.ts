import { defineConfig } from 'vitepress'

/** The site is the repository's own pages, so that each reads the same on GitHub. */
export default defineConfig({
  title: 'express-oidc-rp',
  description: 'Turns an Express app into an OpenID Connect relying party that looks after itself.',
  srcDir: '..',
  srcExclude: ['node_modules/**', 'test/support/**', 'api/**', 'bench/**'],
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  lastUpdated: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'Overview', link: '/' },
          { text: 'Quickstart', link: '/docs/quickstart' },
        ],
      },
      {
        text: 'Guides',
        items: [
          { text: 'Signing in', link: '/docs/sign-in' },
          { text: 'Guards cookbook', link: '/docs/guards' },
          { text: 'Sessions and logout', link: '/docs/logout' },
          { text: 'Access tokens, and calling APIs', link: '/docs/access-tokens' },
          { text: 'APIs behind the same guards', link: '/docs/apis' },
          { text: 'WebSockets and event streams', link: '/docs/connections' },
          { text: 'Several providers', link: '/docs/several-providers' },
          { text: 'Testing your app', link: '/docs/testing' },
        ],
      },
      {
        text: 'In production',
        items: [
          { text: 'Deployment', link: '/docs/deployment' },
          { text: 'Registration and rotation', link: '/docs/registration' },
          { text: 'Logs, metrics and traces', link: '/docs/observability' },
          { text: 'Security', link: '/docs/security' },
          { text: 'Performance', link: '/docs/performance' },
        ],
      },
      {
        text: 'Providers',
        items: [
          { text: 'Ory Hydra and Ory Network', link: '/docs/hydra' },
          { text: 'Keycloak', link: '/docs/keycloak' },
        ],
      },
      {
        text: 'Coming from',
        items: [
          { text: 'express-openid-connect', link: '/docs/from-express-openid-connect' },
          { text: 'keycloak-connect', link: '/docs/from-keycloak-connect' },
        ],
      },
      {
        text: 'Examples',
        collapsed: true,
        items: [
          { text: 'Basic', link: '/examples/basic/README' },
          { text: 'JavaScript', link: '/examples/javascript/README' },
          { text: 'Guarded API', link: '/examples/guarded-api/README' },
          { text: 'Single-page app', link: '/examples/spa-bff/README' },
          { text: 'Cluster', link: '/examples/cluster/README' },
          { text: 'Ory Hydra', link: '/examples/hydra/README' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'API', link: '/docs/reference' },
          { text: 'Options', link: '/docs/options' },
          { text: 'Errors', link: '/docs/errors' },
          { text: "The provider's operations", link: '/docs/operations' },
          { text: 'Command line', link: '/docs/command-line' },
          { text: 'Versions', link: '/docs/versioning' },
          { text: 'Changes', link: '/CHANGELOG' },
        ],
      },
    ],
  },
})
