import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { run } from './command.ts'
import { type PackedLibrary, packLibrary, root } from './pack.ts'

const entryPoints = ['index', 'redis', 'postgres', 'testing', 'cli/main'].map(name => `dist/${name}.js`)

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
 * Compares the packed files with those that belong in the package: the types of each source file, the entry points, what they share,
 * the documents, nothing else.
 */
async function listFiles({ files }: PackedLibrary): Promise<string[]> {
  const sources = (await readdir(join(root, 'src'), { recursive: true })).filter(name => name.endsWith('.ts'))
  const types = sources.map(name => `dist/${name.replace(/\.ts$/, '.d.ts')}`)
  const wanted = [...types, ...entryPoints, 'LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']
  const isWanted = (file: string) =>
    wanted.includes(file) || /^docs\/.+\.(md|svg)$|^dist\/shared\/[\w-]+\.js$|^dist\/.+\.js\.map$/.test(file)
  return [
    ...files.filter(file => !isWanted(file)).map(file => `${file} does not belong in the package.`),
    ...wanted.filter(file => !files.includes(file)).map(file => `${file} is missing from the package.`),
  ]
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
    '--profile',
    'esm-only',
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
