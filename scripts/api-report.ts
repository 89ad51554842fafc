import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, type IConfigFile } from '@microsoft/api-extractor'
import { buildOptionsReference } from './api-report/options-reference.ts'
import { buildReferencePages } from './api-report/reference-pages.ts'
import { root } from './pack.ts'

/** The entry points of the package: only what they export is public. */
const entryPoints = ['index', 'redis', 'postgres', 'sqlite', 'opentelemetry', 'testing']

const mayWrite = process.argv.includes('--write')
const folder = await mkdtemp(join(tmpdir(), 'api-report-'))
try {
  const changed = entryPoints.filter(entryPoint => !extract(entryPoint).isSame)
  const model = await readFile(join(folder, 'index.api.json'), 'utf8')
  const pages = [['docs/options.md', buildOptionsReference(model)] as const, ...buildReferencePages(model)]
  const stale = changed.map(entryPoint => `api/${entryPoint}.api.md`)
  for (const [file, text] of pages) {
    if (text === (await readFile(join(root, file), 'utf8').catch(() => ''))) continue
    stale.push(file)
    if (mayWrite) await writeFile(join(root, file), text)
  }
  for (const file of stale) console.log(`${file} ${mayWrite ? 'was written.' : 'does not match the code.'}`)
  if (stale.length > 0 && !mayWrite) {
    console.error(
      'The public API has changed. If that is intended, run `npm run api` and commit the files that it writes.',
    )
    process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Compares what an entry point exports with its report in `api/`, and updates the report with `--write`. */
function extract(entryPoint: string): { readonly isSame: boolean } {
  const config = ExtractorConfig.prepare({
    configObject: configFor(entryPoint),
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  })
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: mayWrite,
    messageCallback: message => {
      message.handled = true // only the comparison counts
    },
  })
  return { isSame: !apiReportChanged }
}

function configFor(entryPoint: string): IConfigFile {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023'], // without the DOM, whose names would clash with exported ones
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  }
  const mainEntryPointFilePath = join(root, `dist/${entryPoint}.d.ts`)
  return {
    projectFolder: root,
    mainEntryPointFilePath,
    newlineKind: 'lf',
    compiler: { overrideTsconfig: { compilerOptions, files: [mainEntryPointFilePath] } },
    apiReport: {
      enabled: true,
      reportFileName: entryPoint,
      reportFolder: join(root, 'api'),
      reportTempFolder: folder,
      includeForgottenExports: true,
    },
    docModel: {
      enabled: true,
      apiJsonFilePath: join(folder, `${entryPoint}.api.json`),
      includeForgottenExports: true,
    },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
  }
}
