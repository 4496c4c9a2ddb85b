/**
 * Signals must not be handled on the thread that computes: under a stream of SIGUSR2 a training step died of SIGSEGV,
 * and with the signals diverted it does not.
 */
import { onEveryBackend } from '@sed/testing';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const onLinux = process.platform === 'linux' ? test : test.skip;

onEveryBackend(
  'signals with TensorFlow loaded',
  () => {
    onLinux('are blocked on the main thread', () => {
      const mask = /^SigBlk:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
      const blocked = BigInt(`0x${mask}`);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGWINCH'] as const)
        expect(`${name} ${(blocked >> BigInt(constants.signals[name] - 1)) & 1n}`).toBe(`${name} 1`);
      expect((blocked >> BigInt(constants.signals.SIGSEGV - 1)) & 1n).toBe(0n);
    });

    // In a process of its own, from what is built: jest's `process` does not take listeners.
    onLinux('still reach their listeners', () => {
      const built = new URL('../../dist/index.js', import.meta.url).href;
      const script = `
        const { prepareBackend } = await import(${JSON.stringify(built)});
        await prepareBackend({ backend: 'tensorflow' });
        process.once('SIGINT', () => { console.log('heard'); process.exit(0); });
        process.kill(process.pid, 'SIGINT');
        setTimeout(() => process.exit(1), 10_000);`;
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        timeout: 120_000,
        killSignal: 'SIGKILL',
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect(out.trim()).toBe('heard');
    });
  },
  ['tensorflow'],
);
