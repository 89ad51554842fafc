import { posix } from 'node:path'
import { importsOf, readSource, type SourceText } from './source-text.ts'

/** A source file, by its path from the repository's root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

interface Floor {
  readonly mayImport: readonly string[]
  /** Packages from outside. `node:` is free for all. */
  readonly packages: readonly string[]
}

const everything = ['middleware', 'session', 'relying-party', 'protocol', 'stores', 'vocabulary']

/** The table of the design, from the doors down. */
const floors: Readonly<Record<string, Floor>> = {
  doors: { mayImport: everything, packages: [] },
  cli: { mayImport: ['doors', ...everything], packages: [] },
  testing: { mayImport: ['doors'], packages: ['express', 'jose', 'oidc-provider'] },
  opentelemetry: { mayImport: ['vocabulary'], packages: ['@opentelemetry/api'] },
  middleware: { mayImport: ['session', 'relying-party', 'protocol', 'vocabulary'], packages: ['express'] },
  session: {
    mayImport: ['relying-party', 'protocol', 'stores', 'vocabulary'],
    packages: ['express-session'],
  },
  'relying-party': { mayImport: ['protocol', 'stores', 'vocabulary'], packages: [] },
  protocol: { mayImport: ['vocabulary'], packages: ['openid-client', 'jose'] },
  stores: { mayImport: ['vocabulary'], packages: [] },
  vocabulary: { mayImport: [], packages: [] },
}

/**
 * The wings of each floor: a wing may import those after it, never one before it, nor one beside it. The files at the root of a
 * floor stand above the wings or below them.
 */
export const wings: Readonly<Record<string, readonly (readonly string[])[]>> = {
  cli: [['commands'], ['checks']],
  middleware: [['guards', 'routes'], ['tokens'], ['request'], ['pages']],
  session: [['tokens'], ['logout'], ['login'], ['browser']],
  'relying-party': [['client'], ['changes'], ['record'], ['options']],
  protocol: [
    ['oidc-api'],
    ['sign-in'],
    ['tokens'],
    ['registration'],
    ['provider'],
    ['client-authentication'],
    ['requests'],
    ['metadata'],
    ['keys'],
  ],
  stores: [['files']],
}

/** The one exception: hooks of the app are typed as Express calls them, and options are parsed below the middleware. */
const exceptions: readonly (readonly [path: string, imported: string])[] = [
  ['src/relying-party/options/hooks.ts', 'express'],
]

/**
 * Where names are written as the specifications write them. Beside `protocol/`, these are the types of claims, clients
 * and lifespans; what is asked at a registration, and whether what was granted covers it; what the command line shows of a
 * client; and the provider of the testing kit.
 */
const wireFiles = [
  'src/protocol/',
  'src/cli/registered-client.ts',
  'src/vocabulary/claims.ts',
  'src/vocabulary/oauth2-client.ts',
  'src/vocabulary/token-lifespans.ts',
  'src/relying-party/record/requested-metadata.ts',
  'src/relying-party/record/replacement.ts',
  'src/relying-party/record/coverage.ts',
  'src/testing/',
]

const LONGEST = 200

/** Every rule of the house that these files break, in words. */
export function brokenRules(files: readonly SourceFile[]): string[] {
  const circles = [...cyclesOf(importsByFile(files)), ...cyclesOf(importsByRoom(files))]
  return [...files.flatMap(brokenBy), ...new Set(circles)]
}

function brokenBy({ path, text }: SourceFile): string[] {
  const source = readSource(text)
  const { code, comments } = source
  const lines = text.trimEnd().split('\n').length
  const rules: readonly (readonly [broken: boolean, rule: string])[] = [
    ...importsOf(source).map(name => importRule(path, name)),
    [lines > LONGEST, `has ${lines} lines, more than ${LONGEST}`],
    [/\bany\b/.test(code.replace(/\.any\b/g, '')), 'says any'],
    [/[\w)\]]!(?!=)/.test(code), 'says ! for what may be undefined'],
    [/@ts-(ignore|expect-error|nocheck)/.test(comments), 'silences the compiler'],
    [/\b(TODO|FIXME|XXX)\b/.test(comments), 'leaves something to do'],
    [floorOf(path) !== 'session' && /\.session\b/.test(code), 'names req.session outside of session/'],
  ]
  const broken = rules.filter(([isBroken]) => isBroken).map(([, rule]) => `${path} ${rule}`)
  return [...broken, ...wireNames(path, source)]
}

function importRule(path: string, name: string): readonly [broken: boolean, rule: string] {
  const rule = `imports ${name}`
  if (name.startsWith('node:')) return [false, rule]
  if (exceptions.some(([where, imported]) => where === path && imported === name)) return [false, rule]
  const own = floorOf(path)
  const { mayImport, packages } = floors[own] ?? { mayImport: [], packages: [] }
  if (!name.startsWith('.'))
    return [!packages.some(known => name === known || name.startsWith(`${known}/`)), rule]
  const target = targetOf(path, name)
  if (floorOf(target) === own) return [isBackwards(own, wingOf(path), wingOf(target)), rule]
  return [!mayImport.includes(floorOf(target)), rule]
}

/** Whether an import goes to a wing that the table does not name after the importing one. */
function isBackwards(floor: string, from: string | undefined, to: string | undefined): boolean {
  if (from === to || to === undefined) return false
  const rankOf = (wing: string): number =>
    (wings[floor] ?? []).findIndex(besideEachOther => besideEachOther.includes(wing))
  return rankOf(to) === -1 || (from !== undefined && rankOf(to) <= rankOf(from))
}

/** `src/session/login/login.ts` is in the wing `login`; a file at the root of its floor is in none. */
function wingOf(path: string): string | undefined {
  const [, , folder, file] = path.split('/')
  return file === undefined ? undefined : folder
}

function targetOf(path: string, name: string): string {
  return posix.join(posix.dirname(path), name)
}

/** `src/session/login/login.ts` is on the floor `session`; a file of `src` itself is a door. */
function floorOf(path: string): string {
  const [root, folder, file] = path.split('/')
  if (root !== 'src' || folder === undefined) return 'nowhere'
  const [, ownDoor] = /^(testing|opentelemetry)\.ts$/.exec(folder) ?? []
  if (ownDoor !== undefined) return ownDoor // through it goes nothing else
  return file === undefined ? 'doors' : folder
}

function wireNames(path: string, { code, strings }: SourceText): string[] {
  if (wireFiles.some(wire => path.startsWith(wire))) return []
  const accessed = [...code.matchAll(/[\w)\]](?:\?\.)?\["#(\d+)"\]/g)].map(
    ([, index]) => strings[Number(index)],
  )
  const names = new Set(`${code} ${accessed.join(' ')}`.match(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g))
  return [...names].map(name => `${path} names ${name}, a word of the wire`)
}

type Imports = ReadonlyMap<string, readonly string[]>

function importsByFile(files: readonly SourceFile[]): Imports {
  const paths = new Set(files.map(({ path }) => path))
  return new Map(
    files.map(({ path, text }) => {
      const targets = importsOf(readSource(text)).map(name => targetOf(path, name))
      return [path, targets.filter(target => paths.has(target))]
    }),
  )
}

/** The same with each wing as one node, which shows circles that lead through the files at the root of a floor. */
function importsByRoom(files: readonly SourceFile[]): Imports {
  const byRoom = new Map<string, string[]>()
  for (const [path, targets] of importsByFile(files)) {
    const room = roomOf(path)
    const others = targets.map(roomOf).filter(target => target !== room)
    byRoom.set(room, [...new Set([...(byRoom.get(room) ?? []), ...others])])
  }
  return byRoom
}

function roomOf(path: string): string {
  return wingOf(path) === undefined ? path : `${posix.dirname(path)}/`
}

/** Follows the imports from each node, types included, and names each circle once. */
function cyclesOf(imports: Imports): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const follow = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path))
      found.push(`${[...trail.slice(trail.indexOf(path)), path].join(' -> ')} is a circle`)
    if (trail.includes(path) || done.has(path)) return
    for (const target of imports.get(path) ?? []) follow(target, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) follow(path, [])
  return found
}
