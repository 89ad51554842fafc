import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'rolldown'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

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
    sourcemap: true,
    // They name files and lines of the repository; with the sources inside, the package would be a quarter larger.
    sourcemapExcludeSources: true,
    minify: false,
  },
  logLevel: 'warn',
})
