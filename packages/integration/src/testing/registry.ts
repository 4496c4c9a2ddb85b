/** A registry of npm for the packages of one scope, from tarballs: what an installation asks of it and no more. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one on this machine. @param tarballs paths of what `pnpm pack` made */
export async function startRegistry(tarballs: readonly string[]): Promise<Registry> {
  const files = new Map(tarballs.map((path) => [`/-/${basename(path)}`, readFileSync(path)]));
  const packages = new Map<string, (url: string) => object>();
  for (const path of tarballs) {
    const manifest = JSON.parse(execFileSync('tar', ['-xOzf', path, 'package/package.json'], { encoding: 'utf8' })) as {
      name: string;
      version: string;
    };
    const { name, version } = manifest;
    const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
    packages.set(name, (url) => ({
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist: { tarball: `${url}/-/${basename(path)}`, integrity } } },
    }));
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    const file = files.get(path);
    const packument = packages.get(path.slice(1));
    if (file) response.end(file);
    else if (packument) response.setHeader('content-type', 'application/json').end(JSON.stringify(packument(url)));
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
