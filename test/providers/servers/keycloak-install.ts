import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cachedFolder, makeOnce, runTool } from './cache.ts'

const VERSION = '26.7.3'
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`
const INSTALL = `Keycloak ${VERSION} comes from Maven: install Maven and a JDK of 17 or newer (apt-get install maven unzip).`
/** Decided when Keycloak is built, so that it need not be at each start. */
const BUILD = [
  '--db=dev-file',
  '--https-client-auth=request',
  '--features-disabled=ciba,device-flow,oid4vc-vci,organization,scim-api,ssf,workflows',
]

/** Fetches Keycloak and builds it for a quick start, once. Answers with its folder. */
export async function installKeycloak(): Promise<string> {
  const folder = cachedFolder('keycloak', VERSION, ...BUILD)
  await makeOnce(folder, async output => {
    const options = { cwd: output, missing: INSTALL }
    await runTool(['unzip', '-q', await fetchZip(output)], options)
    const home = join(output, `keycloak-${VERSION}`)
    await chmod(join(home, 'bin/kc.sh'), 0o755)
    await runTool([join(home, 'bin/kc.sh'), 'build', ...BUILD], options)
  })
  return join(folder, `keycloak-${VERSION}`)
}

async function fetchZip(cwd: string): Promise<string> {
  const folder = join(homedir(), '.m2/repository/org/keycloak/keycloak-quarkus-dist', VERSION)
  const zip = join(folder, `keycloak-quarkus-dist-${VERSION}.zip`)
  await runTool(['java', '-version'], { cwd, missing: INSTALL })
  if (!existsSync(zip)) {
    const get = ['mvn', '-q', 'dependency:get', `-Dartifact=${ARTIFACT}`, '-Dtransitive=false']
    await runTool(get, { cwd, missing: INSTALL })
  }
  return zip
}
