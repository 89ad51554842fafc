import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What is read: the pages, the examples, and the source with its comments, hovers, messages and lines of the log. */
function readTexts(): { readonly path: string; readonly text: string }[] {
  const folders = ['src', 'docs', 'examples'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => `${folder}/${name}`),
  )
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...folders]
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /\.(md|[jt]s)$/.test(path) && !/node_modules|\.vitepress|\/dist\//.test(path))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Words that read as translated, each with what to write. */
const words: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\balone\b/gi, 'only, or on its own'],
  [/\bby itself\b/gi, 'automatically'],
  [/\b(somebody|whoever)\b/gi, 'the user, the app, the provider, the caller'],
  [/\b(he|his|him)\b/gi, 'they, the user'],
  [/\bprograms?\b/gi, 'an API client, a process, an app'],
  [/\bmend(s|ed|ing)?\b/gi, 'fix'],
  [/\b(of ours|of yours|an own)\b/gi, 'the built-in, your own'],
  [/\bis got\b/gi, 'is fetched'],
  [/\bbe it\b|\bnone the worse\b/gi, 'even if'],
  [/\banew\b/gi, 'again'],
  [/\b(thus|hereby)\b/gi, 'so'],
  [/\bneedless\b/gi, 'not needed'],
  [/\bElse\b/g, 'Otherwise'],
  [/\b(has|have) not (the|an?)\b/gi, 'does not have'],
  [
    /\b(patience|turnstile|tending|neighbours)\b/gi,
    'the term of the field, such as timeout or concurrency limit',
  ],
  [/^#{1,6} (What|Which) .*[^?\n]$/gm, 'a heading that names its subject'],
]

/** The words of a text that are not plain English, and what to write. */
function faultsOf(text: string): string[] {
  return words.flatMap(([pattern, instead]) =>
    (text.match(pattern) ?? []).map(found => `says "${found}": write ${instead}`),
  )
}

test('what people read is in plain English', () => {
  const texts = readTexts()
  expect(texts.length).toBeGreaterThan(300)
  expect(texts.flatMap(({ path, text }) => faultsOf(text).map(fault => `${path} ${fault}`))).toEqual([])
})

describe('of these', () => {
  test.each([
    ['It works with a baseUrl alone.', 'says "alone": write only, or on its own'],
    ['Somebody waits.', 'says "Somebody": write the user, the app, the provider, the caller'],
    ['A program reads it.', 'says "program": write an API client, a process, an app'],
    ['Else it waits.', 'says "Else": write Otherwise'],
    ['A browser that has not the key', 'says "has not the": write does not have'],
    ['text\n\n## What it takes\n\ntext', 'says "## What it takes": write a heading that names its subject'],
  ])('%j is told', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault])
  })

  test.each([
    'Otherwise it waits, if (a) b(); else c()',
    '### Which providers work?\n',
    'The programming model has not changed.',
    'It shows what a provider does.',
  ])('%j is not', text => {
    expect(faultsOf(text)).toEqual([])
  })
})
