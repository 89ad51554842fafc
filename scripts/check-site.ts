import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { deadLinks } from './check-site/dead-links.ts'
import { root } from './pack.ts'

const site = join(root, 'docs/.vitepress/dist')
const names = readdirSync(site, { recursive: true, encoding: 'utf8' })
const files = names.filter(name => statSync(join(site, name)).isFile())
const isText = /\.(html|txt)$/
const texts = new Map(
  files.map(name => [
    name.split(sep).join('/'),
    isText.test(name) ? readFileSync(join(site, name), 'utf8') : '',
  ]),
)

const dead = deadLinks(texts)
for (const { from, to } of dead) console.error(`error: ${from} leads to ${to}, which is not in the site.`)
if (dead.length > 0) process.exitCode = 1
else console.log(`Every link and anchor of ${texts.size} files leads somewhere.`)
