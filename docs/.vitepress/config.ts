import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { anchorOf } from './anchors.ts'
import { writeLlmsFiles } from './llms.ts'
import { sidebar } from './sidebar.ts'

/** The site is the repository's own pages, so that each reads the same on GitHub. */
export default defineConfig({
  title: 'express-oidc-rp',
  description: 'Turns an Express app into an OpenID Connect relying party that looks after itself.',
  srcDir: '..',
  srcExclude: ['node_modules/**', 'test/support/**', 'api/**', 'bench/**'],
  rewrites: { 'docs/index.md': 'index.md' },
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  lastUpdated: true,
  markdown: {
    anchor: { slugify: anchorOf },
    config(md) {
      md.core.ruler.push('landing-page', ({ env, tokens }) => {
        const links = tokens.flatMap(({ children }) => children ?? [])
        for (const link of env.relativePath === 'index.md' ? links : []) {
          const page = link.attrGet('href')
          if (page && !page.startsWith('#')) link.attrSet('href', `/docs/${page}`) // the page is at the root
        }
      })
    },
  },
  transformPageData(page) {
    if (page.relativePath === 'index.md') page.frontmatter['layout'] = 'home'
  },
  buildEnd({ outDir }) {
    writeLlmsFiles(sidebar, join(import.meta.dirname, '../..'), outDir)
  },
  themeConfig: {
    nav: [
      { text: 'Quickstart', link: '/docs/quickstart' },
      { text: 'Guides', link: '/docs/sign-in' },
      { text: 'Providers', link: '/docs/providers/README' },
      { text: 'Reference', link: '/docs/reference' },
    ],
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar,
  },
})
