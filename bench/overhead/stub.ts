import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One nginx worker that answers every POST with the bytes of one file a port: `{ port: file }`. */
export function startStub(folder: string, files: Readonly<Record<number, string>>): ChildProcess {
  mkdirSync(join(folder, 'html'), { recursive: true });
  // Started as root, nginx answers as another user, who must be able to read the files.
  chmodSync(folder, 0o755);
  const servers = Object.entries(files).map(([port, file]) => {
    const page = join(folder, 'html', `${port}.json`);
    copyFileSync(file, page);
    chmodSync(page, 0o644);
    // A static file answers no POST: nginx's own 405 page is made the file, with status 200.
    return `server { listen 127.0.0.1:${port}; root ${folder}/html; default_type application/json;
      keepalive_requests 1000000; error_page 405 =200 /${port}.json; location / { rewrite ^ /${port}.json break; } }`;
  });
  const configuration = join(folder, 'nginx.conf');
  writeFileSync(
    configuration,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr error;
     events { worker_connections 1024; }
     http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
       open_file_cache max=16; client_body_buffer_size 1m; ${servers.join('\n')} }`,
  );
  return spawn('nginx', ['-p', folder, '-c', configuration], { stdio: ['ignore', 'ignore', 'inherit'] });
}
