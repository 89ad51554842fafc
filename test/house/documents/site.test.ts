import { expect, test } from 'vitest'
import { buildLlmsText } from '../../../docs/.vitepress/llms.ts'
import { sidebar } from '../../../docs/.vitepress/sidebar.ts'
import { deadLinks } from '../../../scripts/check-site/dead-links.ts'
import { documentPaths, readDocument } from '../../support/house/documents.ts'

test('a link, an anchor and an image that the built site does not have are named', () => {
  const files = new Map([
    ['index.html', '<a href="/docs/one">1</a> <a href="/docs/two">2</a> <img src="/gone.svg">'],
    ['docs/one.html', '<h2 id="here"></h2> <a href="#here">a</a> <a href="#there">b</a> <a href="../">c</a>'],
    [
      'docs/three.html',
      '<a href="./one#here">a</a> <a href="one#gone">b</a> <a href="https://op.test/x">c</a>',
    ],
    ['llms.txt', '- [One](/docs/one.md): First.'],
  ])
  expect(deadLinks(files)).toEqual([
    { from: 'index.html', to: '/docs/two' },
    { from: 'index.html', to: '/gone.svg' },
    { from: 'docs/one.html', to: '#there' },
    { from: 'docs/three.html', to: 'one#gone' },
    { from: 'llms.txt', to: '/docs/one.md' },
  ])
})

test('llms.txt has every document, with a title and a sentence', () => {
  const text = buildLlmsText(sidebar, readDocument)
  const lines = [...text.matchAll(/^- \[(.+)\]\(\/(.+)\): (.+)$/gm)]
  const files = lines.map(([, , file]) => file)
  expect(documentPaths().filter(path => path !== 'README.md' && !files.includes(path))).toEqual([])
  expect(lines.filter(([, title = '', , sentence = '']) => !title || !/\w{2}.*[.:]$/.test(sentence))).toEqual(
    [],
  )
  expect(text).toMatch(/^# express-oidc-rp\n\n> .+\.\n\n## Start\n/)
})
