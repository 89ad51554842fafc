/** What the extracted model of an entry point says about an exported name or one of its members. */
interface ApiItem {
  readonly kind: string
  readonly name: string
  readonly docComment?: string
  readonly excerptTokens: readonly { readonly text: string }[]
  readonly members?: readonly ApiItem[]
}

/** The interfaces whose members are options, in the order of the page. */
const chapters = [
  ['CommonOptions', 'Options of `relyingParty()`'],
  ['RegistrationOptions', 'How an app registers itself'],
  ['StaticClientOptions', 'How an app uses a client that was made by hand'],
  ['RoutePaths', 'Routes'],
  ['BearerOptions', 'Access tokens: `bearer`'],
  ['UserInfoOptions', 'UserInfo: `userInfo`'],
  ['GuardAnswers', 'Responses of guards'],
  ['AnswerHooks', 'Pages of the app'],
  ['LoginHooks', 'Hooks at sign-in and sign-out'],
] as const

const introduction = `# Options

Every option of \`relyingParty()\`. This page is generated from the types by \`npm run api\`; a test keeps
both equal. A name in capitals is the environment variable that gives the option where the code does not.
`

/** Builds the page of all options from the model of the main entry point. */
export function buildOptionsReference(model: string): string {
  const { members } = JSON.parse(model) as { readonly members: readonly ApiItem[] }
  const items = members.flatMap(entryPoint => entryPoint.members ?? [])
  const pages = chapters.map(([name, title]) => {
    const item = items.find(candidate => candidate.name === name)
    if (!item?.members) throw new Error(`${name} is not exported from the main entry point.`)
    return buildChapter(title, item.members)
  })
  return [introduction, ...pages].join('\n')
}

function buildChapter(title: string, options: readonly ApiItem[]): string {
  const described = options.filter(({ docComment }) => docComment)
  const sections = described.map(
    option => `### ${option.name}\n\n\`${typeOf(option)}\`\n\n${textOf(option)}\n`,
  )
  return [`## ${title}\n`, ...sections].join('\n')
}

function typeOf({ excerptTokens }: ApiItem): string {
  return excerptTokens
    .map(({ text }) => text)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/^readonly /, '')
    .replace(/;$/, '')
}

function textOf({ docComment = '' }: ApiItem): string {
  return docComment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .trim()
}
