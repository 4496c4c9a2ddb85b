/** Kernels that another version of this package built are not called: they may lack the ops of this one. */
import { onEveryBackend } from '@sed/testing';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findNative } from '../inspect.ts';
import { MARKER } from './layout.ts';

onEveryBackend(
  'an installation of another version',
  () => {
    test("runs on TensorFlow's own kernels, and says what to do", () => {
      const found = findNative(false);
      if (!('folder' in found)) throw new Error(found.reason);
      const cache = mkdtempSync(join(tmpdir(), 'sed-outdated-'));
      try {
        const copy = join(cache, 'runtime', basename(found.folder));
        mkdirSync(copy, { recursive: true });
        for (const name of readdirSync(found.folder))
          if (name !== MARKER) symlinkSync(join(found.folder, name), join(copy, name));
        const marker = readFileSync(join(found.folder, MARKER), 'utf8');
        writeFileSync(join(copy, MARKER), marker.replace(/("binding": )"\w+"/, '$1"0000"'));
        // In a process of its own, from what is built: here TensorFlow is loaded already.
        const built = new URL('../../dist/index.js', import.meta.url).href;
        const script = `
          const { prepareBackend } = await import(${JSON.stringify(built)});
          const { backend, warning } = await prepareBackend();
          console.log(backend, warning);`;
        const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
          encoding: 'utf8',
          timeout: 120_000,
          killSignal: 'SIGKILL',
          env: { ...process.env, NODE_OPTIONS: '', SED_CACHE: cache, SED_BACKEND: 'auto' },
        });
        expect(out).toMatch(
          /^tensorflow The installed kernels are of another version .* Run `npx @sed\/runtime install`/,
        );
      } finally {
        rmSync(cache, { recursive: true, force: true });
      }
    });
  },
  ['tensorflow'],
);
