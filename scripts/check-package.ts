import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { starters } from '../src/cli/starter.ts'
import { run } from './command.ts'
import { type PackedLibrary, packLibrary, root } from './pack.ts'
import { publicTypes } from './public-types.ts'

const entryPoints = ['index', 'redis', 'postgres', 'sqlite', 'opentelemetry', 'testing', 'cli/main'].map(
  name => `dist/${name}.js`,
)

const folder = await mkdtemp(join(tmpdir(), 'check-package-'))
try {
  const packed = await packLibrary(folder)
  const problems = [...(await listFiles(packed)), ...(await lint(packed)), ...(await checkTypes(packed))]
  printSizes(packed)
  for (const problem of problems) console.error(`error: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/**
 * Compares the packed files with those that belong in the package: the entry points, what they share, their types, the documents,
 * the starters, nothing else.
 */
async function listFiles({ files }: PackedLibrary): Promise<string[]> {
  const types = (await publicTypes(join(root, 'dist'))).map(name => `dist/${name}`)
  const wanted = [
    ...types,
    ...entryPoints,
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'CODE_OF_CONDUCT.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'package.json',
    ...(await starterFiles()),
  ]
  const isWanted = (file: string) =>
    wanted.includes(file) ||
    /^docs\/.+\.(md|svg|json)$|^dist\/shared\/[\w-]+\.js$|^dist\/.+\.js\.map$/.test(file)
  return [
    ...files.filter(file => !isWanted(file)).map(file => `${file} does not belong in the package.`),
    ...wanted.filter(file => !files.includes(file)).map(file => `${file} is missing from the package.`),
  ]
}

/** What the repository has of each starter. npm never packs `.gitignore`. */
async function starterFiles(): Promise<string[]> {
  const folders = starters.map(name => `examples/${name}`)
  const tracked = await run('git', ['ls-files', '--', ...folders], { cwd: root })
  return tracked.split('\n').filter(file => file !== '' && !file.endsWith('/.gitignore'))
}

async function lint({ file }: PackedLibrary): Promise<string[]> {
  const tarball = new Uint8Array(await readFile(file)).buffer
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  console.log(`publint: ${messages.length === 0 ? 'no problem' : `${messages.length} problems`}`)
  return messages.map(message => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

async function checkTypes({ file }: PackedLibrary): Promise<string[]> {
  const args = [
    'exec',
    '--',
    'attw',
    file,
    '--ignore-rules',
    'cjs-resolves-to-esm', // that require() loads an ES module is meant
    '--format',
    'table-flipped',
    '--no-color',
  ]
  try {
    console.log(await run('npm', args, { cwd: root }))
    console.log('require(): by require(esm), on every Node.js of `engines`; run by `npm run test:consumers`.')
    return []
  } catch (error) {
    return [`are the types wrong: ${error instanceof Error ? error.message : String(error)}`]
  }
}

function printSizes({ files, size, unpackedSize }: PackedLibrary): void {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  console.log(`${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${files.length} files`)
}
