/** `npm run setup`, `npm test` and `npm run demo`: everything from a fresh clone, set-up included. */
import { prepareRuntime, prepareWorkspace } from './setup.mjs';

const commands = {
  setup: async () => {},
  test: async () => (await import('./test.mjs')).testEverything(),
  demo: async () => (await import('./demo.mjs')).demo(process.argv.slice(3)),
};
const chosen = commands[process.argv[2]];
if (!chosen) {
  process.stderr.write(`usage: node tools/bootstrap/run.mjs ${Object.keys(commands).join(' | ')}\n`);
  process.exit(2);
}
await prepareWorkspace();
await prepareRuntime();
process.exitCode = (await chosen()) ?? 0;
