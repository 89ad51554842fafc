import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { isMissing } from '../processes/missing.ts'
import { buildService } from '../processes/service.ts'
import { certify, createAuthority } from '../providers/tls-servers.ts'

const NGINX = '/usr/sbin/nginx'

export function nginxIsMissing(): boolean {
  return isMissing(NGINX, 'nginx', 'apt-get install -y nginx')
}

/** Runs nginx with the server of a page until the test ends. Only its port and its certificate are the test's own. Tells the authority that certified it. */
export async function startNginx(server: string, port: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-nginx-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const authority = await createAuthority('the authority of a test')
  const [, host = ''] = /server_name (.+);/.exec(server) ?? []
  const identity = await certify({ issuer: authority, host })
  await mkdir(join(folder, 'tls'))
  await writeFile(join(folder, 'tls/app.crt'), identity.cert)
  await writeFile(join(folder, 'tls/app.key'), identity.private)
  const own = server.replace('listen 443', `listen ${port}`).replaceAll('/etc/nginx/tls', `${folder}/tls`)
  const path = join(folder, 'nginx.conf')
  await writeFile(path, surround(own, folder))
  const args = ['-p', folder, '-e', 'stderr', '-c', path]
  const nginx = buildService({
    path: NGINX,
    args,
    folder,
    killedBy: 'SIGQUIT',
    ready: 'start worker process',
  })
  await nginx.start()
  onTestFinished(nginx.kill)
  return authority.cert
}

/** What the configuration of a distribution has around a server. All files are in one folder. */
function surround(server: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
${temporary.map(name => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
${server}
}
`
}
