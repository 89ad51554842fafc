import { describe, expect, test } from 'vitest'
import { oidcErrorCodes } from '../../../src/vocabulary/error-codes.ts'
import { readDocument } from '../../support/house/documents.ts'

const pages = ['docs/troubleshooting.md', 'docs/faq.md', 'docs/existing-client.md']

test.each(pages)('%s names only codes that exist, each with a link to its section', page => {
  const text = readDocument(page)
  const named: readonly string[] = text.match(/ERR_OIDC_\w+/g) ?? []
  expect(named).not.toEqual([])
  expect(named.filter(name => !oidcErrorCodes.some(code => code === name))).toEqual([])
  const linked = [...text.matchAll(/\[(ERR_OIDC_\w+)\]\(errors\.md#(\w+)\)/g)]
  expect(linked.filter(([, code = '', anchor]) => code.toLowerCase() !== anchor)).toEqual([])
  expect(new Set(linked.map(([, code]) => code))).toEqual(new Set(named))
})

const symptoms = readDocument('docs/troubleshooting.md').split(/^### /m).slice(1)

describe.each(symptoms.map(text => ({ title: text.split('\n')[0], text })))('$title', ({ text }) => {
  test('has its code, or says that there is none, then cause and fix', () => {
    const [code = '', cause = ''] = text.split(/\n\n/).slice(1)
    expect(code).toMatch(/^\*\*Code\*\* (\[ERR_OIDC_|None)/)
    expect(cause).toMatch(/^\*\*Cause\*\* |^\| [^|]+\| (cause|what happens) \| fix \|/)
    expect(text).toMatch(/^\*\*Fix\*\* |\| fix \|/m)
  })
})
