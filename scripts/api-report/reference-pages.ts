import { type ApiItem, commentOf, hasExample, readModel, signatureOf } from './api-model.ts'

interface Chapter {
  readonly title: string
  /** The interfaces whose members, and the functions and types which themselves, are the entries. */
  readonly names: readonly string[]
}

interface ReferencePage {
  readonly file: string
  readonly title: string
  readonly introduction: string
  readonly chapters: readonly Chapter[]
}

const pages: readonly ReferencePage[] = [
  {
    file: 'docs/api/req-oidc.md',
    title: '`req.oidc`',
    introduction: `What a request knows about its sign-in, behind \`relyingParty()\`. The user's claims are on \`req.user\`, or it is
\`undefined\`. [Signing in](../sign-in.md) and [access tokens](../access-tokens.md) show all of it at work.`,
    chapters: [
      { title: 'Members', names: ['RequestOidc'] },
      { title: 'Options of `login()`', names: ['LoginOptions'] },
      { title: 'Options of `logout()`', names: ['LogoutOptions'] },
      { title: 'Options of `getAccessToken()` and `fetch()`', names: ['AccessTokenOptions'] },
    ],
  },
  {
    file: 'docs/api/guards.md',
    title: 'Guards',
    introduction: `Handlers that let a request pass or answer it. The [cookbook](../guards.md) has recipes, and the table of
[default responses](../guards.md#default-responses).`,
    chapters: [
      { title: 'Users', names: ['requireUser', 'withUser', 'assertUser', 'attemptSilentLogin'] },
      {
        title: 'Claims, roles and scopes',
        names: ['requireClaims', 'requireRoles', 'requireScopes', 'requireThat'],
      },
      {
        title: 'Stronger and more recent sign-ins',
        names: ['requireAcr', 'requireAmr', 'requireVot', 'requireRecentLogin'],
      },
      { title: 'Combinations', names: ['anyOf', 'allOf', 'not'] },
      { title: 'Members of a guard', names: ['Guard'] },
      { title: 'Options of every guard', names: ['GuardAnswers'] },
      { title: 'Options of `requireClaims()`', names: ['RequireClaimsOptions'] },
      { title: 'Options of `requireRoles()`', names: ['RequireRolesOptions'] },
      { title: 'Options of `requireAmr()`', names: ['RequireAmrOptions'] },
      { title: 'Options of `requireVot()`', names: ['RequireVotOptions'] },
      { title: 'Argument of `requireRecentLogin()`', names: ['Recency'] },
      { title: 'Types', names: ['Predicate', 'GuardAnswer'] },
    ],
  },
  {
    file: 'docs/api/rp.md',
    title: '`relyingParty()`',
    introduction: `The middleware, and what can be called on it: \`const rp = relyingParty()\`. Its options are on the page
[Options](../options.md).`,
    chapters: [
      { title: 'The middleware', names: ['relyingParty'] },
      { title: 'Members', names: ['RelyingPartyMiddleware'] },
      { title: '`rp.handlers`', names: ['RouteHandlers'] },
      { title: '`rp.sessions`', names: ['SessionDirectory'] },
      { title: 'A session in the list', names: ['UserSession'] },
      { title: 'The result of `status()`', names: ['RelyingPartyStatus'] },
      { title: 'Options of `authenticate()`', names: ['AuthenticateOptions'] },
      { title: 'The result of `authenticate()`', names: ['AuthenticatedLogin'] },
    ],
  },
]

/** Builds the pages about the functions and types of the main entry point from its model, by their files. */
export function buildReferencePages(model: string): ReadonlyMap<string, string> {
  const items = readModel(model)
  return new Map(pages.map(page => [page.file, buildPage(page, items)]))
}

function buildPage({ title, introduction, chapters }: ReferencePage, items: readonly ApiItem[]): string {
  const note = 'This page is generated from the types by `npm run api`; a test keeps both equal.'
  const sections = chapters.map(chapter => buildChapter(chapter, items))
  return [`# ${title}\n\n${introduction}\n\n${note}\n`, ...sections]
    .join('\n')
    .replaceAll(/`ERR_OIDC_\w+`/g, linkCode)
}

/** Each code of an error leads to its cause and fix. */
function linkCode(code: string): string {
  return `[${code}](../errors.md#${code.toLowerCase().replaceAll('`', '')})`
}

function buildChapter({ title, names }: Chapter, items: readonly ApiItem[]): string {
  const entries = names.flatMap(name => {
    const item = items.find(candidate => candidate.name === name)
    if (!item) throw new Error(`${name} is not in the main entry point.`)
    return item.kind === 'Interface' ? describeInterface(item) : [describeEntry(item)]
  })
  return [`## ${title}\n`, ...entries].join('\n')
}

/** An interface is explained by its members; its own comment comes first if it says more than what it is. */
function describeInterface(item: ApiItem): string[] {
  const members = (item.members ?? []).filter(({ name, docComment }) => name && docComment)
  const entries = members.map(member => describeEntry(member, hasExample(item)))
  return hasExample(item) ? [`${commentOf(item)}\n`, ...entries] : entries
}

function describeEntry(item: ApiItem, isShown = false): string {
  const signature = signatureOf(item)
  const isCalled = ['Function', 'MethodSignature'].includes(item.kind) || /^\w+: \(.*\) =>/.test(signature)
  if (isCalled && !isShown && !hasExample(item)) throw new Error(`${item.name} has no @example.`)
  return `### ${item.name}\n\n\`\`\`typescript\n${signature}\n\`\`\`\n\n${commentOf(item)}\n`
}
