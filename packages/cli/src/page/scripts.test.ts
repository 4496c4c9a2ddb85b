import { readFile } from 'node:fs/promises';

interface Bundler {
  readonly GENERATED: string;
  generatedModule: () => Promise<string>;
}

test('the committed scripts of the pages are what src/client gives; if not: node tools/client/bundle.mjs', async () => {
  const tool = new URL('../../../../tools/client/bundle.mjs', import.meta.url).href;
  const { GENERATED, generatedModule } = (await import(tool)) as Bundler;
  const lines = (text: string) => text.split('\n');
  expect(lines(await readFile(GENERATED, 'utf8'))).toEqual(lines(await generatedModule()));
});
