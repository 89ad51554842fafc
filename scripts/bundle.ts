import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { build, type Plugin } from 'rolldown'
import { publicTypes } from './public-types.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/**
 * An ES import of a module of Node.js reads all that it exports, and so loads its lazy parts: for `node:util` alone, a quarter of a
 * hundred files.
 */
const nodeModules: Plugin = {
  name: 'node-modules',
  renderChunk(code) {
    const changed = code.replace(
      /^import (\w+|\{ .+ \}) from "(node:[\w/]+)";$/gm,
      (_, names: string, name: string) =>
        `const ${names.replaceAll(' as ', ': ')} = process.getBuiltinModule("${name}");`,
    )
    return { code: changed, map: null } // each line stays where it is
  },
}

// A few files load in a fraction of the time that two hundred take.
for (const name of await readdir(dist, { recursive: true })) {
  if (/\.js(\.map)?$/.test(name)) await rm(join(dist, name))
}
await build({
  cwd: root,
  input: {
    index: 'src/index.ts',
    redis: 'src/redis.ts',
    postgres: 'src/postgres.ts',
    sqlite: 'src/sqlite.ts',
    opentelemetry: 'src/opentelemetry.ts',
    testing: 'src/testing.ts',
    'cli/main': 'src/cli/main.ts',
  },
  platform: 'node',
  // Users update jose and openid-client themselves; everything else that is not ours comes from the app.
  external: /^[^./]/,
  output: {
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    // What a store needs is apart from what only relyingParty() needs.
    codeSplitting: {
      groups: [
        {
          name: 'vocabulary',
          test: /src\/(vocabulary|stores\/client-arguments)/,
          minShareCount: 2,
          priority: 1,
        },
        { name: 'library', minShareCount: 2 },
      ],
    },
    sourcemap: true,
    // They name files and lines of the repository; with the sources inside, the package would be a quarter larger.
    sourcemapExcludeSources: true,
    minify: false,
    // They are in the types.
    comments: { jsdoc: false },
  },
  plugins: [nodeModules],
  logLevel: 'warn',
})

const isPublic = new Set(await publicTypes(dist))
for (const name of await readdir(dist, { recursive: true })) {
  if (name.endsWith('.d.ts') && !isPublic.has(name)) await rm(join(dist, name))
  if (name.endsWith('.js.map')) await keepLines(join(dist, name))
}

/** Code that is not minified needs only its lines in a source map. With the columns, it would have four times the size. */
async function keepLines(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, 'utf8')) as { mappings: string; names: readonly string[] }
  map.mappings = encode(decode(map.mappings).map(line => line.slice(0, 1)))
  await writeFile(file, JSON.stringify(map))
}
