import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Require = (name: string) => unknown;

/**
 * Runs a CommonJS file and the files that it requires by relative paths; for packages it gets what `provide` gives. So
 * a package can run that no `node_modules` holds, with its dependencies chosen by the caller: Node's own `require`
 * looks for them around the file. Each call runs the files anew.
 * @param entry absolute path of the file
 * @returns its exports
 */
export function runCommonJs(entry: string, provide: Require): unknown {
  const modules = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    modules.set(path, module);
    const text = readFileSync(path, 'utf8');
    if (path.endsWith('.json')) module.exports = JSON.parse(text);
    else {
      const require: Require = (name) => (name.startsWith('.') ? load(find(dirname(path), name)) : provide(name));
      const body = `${text}\n//# sourceURL=${pathToFileURL(path).href}`;
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running a file's text is what this is for
      new Function('exports', 'require', 'module', '__filename', '__dirname', body).call(
        module.exports,
        ...[module.exports, require, module, path, dirname(path)],
      );
    }
    return module.exports;
  };
  return load(entry);
}

function find(folder: string, name: string): string {
  const path = join(folder, name);
  const found = [path, `${path}.js`, join(path, 'index.js')].find(
    (file) => /\.js(on)?$/.test(file) && existsSync(file),
  );
  if (found === undefined) throw new Error(`${folder} asks for ${name}, which is not there.`);
  return found;
}
