/** What the extracted model of an entry point says about an exported name or one of its members. */
export interface ApiItem {
  readonly kind: string
  readonly name: string
  readonly docComment?: string
  readonly excerptTokens: readonly { readonly text: string }[]
  readonly members?: readonly ApiItem[]
}

/** A tag of a comment and what it says. */
interface Tag {
  readonly name: string
  readonly text: string
}

const ORDER = ['param', 'returns', 'throws', 'example', 'see']

/** What an entry point exports, and what that needs. */
export function readModel(model: string): readonly ApiItem[] {
  const { members } = JSON.parse(model) as { readonly members: readonly ApiItem[] }
  return members.flatMap(entryPoint => entryPoint.members ?? [])
}

/** The declaration of an item on one line. */
export function signatureOf({ excerptTokens }: ApiItem): string {
  return excerptTokens
    .map(({ text }) => text)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/^export (declare )?/, '')
    .replace(/^readonly /, '')
    .replace(/;$/, '')
}

/** The comment of an item as Markdown: its text, then its tags, each kind in one place. */
export function commentOf(item: ApiItem): string {
  const [text = '', ...tagged] = textOf(item).split(/^@(?=\w)/m)
  const tags = tagged
    .map(readTag)
    .toSorted((one, other) => ORDER.indexOf(one.name) - ORDER.indexOf(other.name))
  return [text.trim(), ...tags.map(describeTag)].join('\n\n')
}

export function hasExample(item: ApiItem): boolean {
  return textOf(item).includes('@example')
}

function textOf({ docComment = '' }: ApiItem): string {
  return docComment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
}

function readTag(tagged: string): Tag {
  const [, name = '', text = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tagged) ?? []
  return { name, text: text.trim() }
}

function describeTag({ name, text }: Tag): string {
  switch (name) {
    case 'example':
      return `**Example**\n\n${text.replace('```ts\n', '```typescript\n')}` // it is compiled in the source
    case 'param':
      return `**Parameter** ${text.replace(/^(\w+) - /, '`$1`: ')}`
    case 'returns':
      return `**Returns** ${text}`
    case 'see':
      return `**See** ${text}`
    case 'throws':
      return `**Throws** ${text.replace(/^`OidcError` /, '`OidcError`: ')}`
    default:
      throw new Error(`@${name} has no place in the reference.`)
  }
}
