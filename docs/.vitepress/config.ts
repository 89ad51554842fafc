import { defineConfig } from 'vitepress'

/** The site is the repository's own pages, so that each reads the same on GitHub. */
export default defineConfig({
  title: 'express-oidc-rp',
  description: 'Turns an Express app into an OpenID Connect relying party that looks after itself.',
  srcDir: '..',
  srcExclude: ['node_modules/**', 'test/**', 'api/**'],
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: true,
  lastUpdated: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      { text: 'Start', items: [{ text: 'Overview', link: '/' }] },
      {
        text: 'Guides',
        items: [
          { text: 'Registration and rotation', link: '/docs/registration' },
          { text: 'Testing your routes', link: '/docs/testing' },
        ],
      },
      {
        text: 'Reference',
        items: [
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
