import { type ApiItem, commentOf, readModel, signatureOf } from './api-model.ts'

/** The interfaces whose members are options, in the order of the page. */
const chapters = [
  ['CommonOptions', 'Options of `relyingParty()`'],
  ['SignInOptions', 'Sign-ins'],
  ['RegistrationOptions', 'How an app registers itself'],
  ['StaticClientOptions', 'How an app uses a client that was made by hand'],
  ['ClientAssertionOptions', 'Client assertions: `clientAssertions`'],
  ['RoutePaths', 'Routes'],
  ['BearerOptions', 'Access tokens: `bearer`'],
  ['UserInfoOptions', 'UserInfo: `userInfo`'],
  ['ProviderLogoutOptions', 'Signing out at the provider'],
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
  const items = readModel(model)
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
    option => `### ${option.name}\n\n\`${signatureOf(option)}\`\n\n${commentOf(option)}\n`,
  )
  return [`## ${title}\n`, ...sections].join('\n')
}
