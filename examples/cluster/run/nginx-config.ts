import { join } from 'node:path'

const PROXY_CONF = join(import.meta.dirname, '../nginx/proxy.conf')

/** Builds a configuration in which nginx keeps all its files in one folder and uses the replicas in turn. */
export function buildNginxConfig(folder: string, port: number, replicaPorts: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
${temporary.map(name => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  upstream app {
${replicaPorts.map(replica => `    server 127.0.0.1:${replica};`).join('\n')}
  }
  server {
    listen ${port};
    location / {
      include "${PROXY_CONF}";
    }
  }
}
`
}
