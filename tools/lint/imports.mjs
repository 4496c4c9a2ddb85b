/** Rules over what the files of the packages import, off the program that typed lint has made anyway. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

/** Files that a file imports or exports from by path; those of types count, those loaded later by `import()` do not. */
function neighbors(file) {
  return file.statements.flatMap((statement) => {
    const from = (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) && statement.moduleSpecifier;
    return from && from.text.startsWith('.')
      ? [{ text: from.text, path: resolve(dirname(file.fileName), from.text) }]
      : [];
  });
}

/** The files of a program by path, with their neighbors; one graph a program. */
const graphs = new WeakMap();

function graphOf(program) {
  let graph = graphs.get(program);
  if (graph === undefined) {
    const ours = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
    graph = new Map(ours.map((file) => [resolve(file.fileName), neighbors(file)]));
    graphs.set(program, graph);
  }
  return graph;
}

/** The shortest way from a file to another along imports, both included; undefined where there is none. */
export function wayBetween(graph, from, to) {
  const cameFrom = new Map([[from, undefined]]);
  for (const at of cameFrom.keys()) {
    if (at === to) {
      const way = [];
      for (let place = at; place !== undefined; place = cameFrom.get(place)) way.unshift(place);
      return way;
    }
    for (const { path } of graph.get(at) ?? []) if (!cameFrom.has(path)) cameFrom.set(path, at);
  }
  return undefined;
}

const noCycle = {
  meta: { type: 'problem', schema: [], docs: { description: 'Files do not import each other in a circle.' } },
  create(context) {
    const { program } = context.sourceCode.parserServices;
    const graph = graphOf(program);
    const file = resolve(context.filename);
    const check = ({ source }) => {
      if (!source?.value.startsWith('.')) return;
      const way = wayBetween(graph, resolve(dirname(file), source.value), file);
      if (way === undefined) return;
      const names = way.map((path) => path.slice(context.cwd.length + 1)).join(' → ');
      context.report({ node: source, message: `A circle of imports: this file → ${names}.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

const manifests = new Map();

/** The package.json of the package of a file, and its folder. */
function packageOf(folder) {
  if (!manifests.has(folder)) {
    const path = join(folder, 'package.json');
    const isRoot = dirname(folder) === folder;
    manifests.set(
      folder,
      existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : isRoot ? {} : packageOf(dirname(folder)),
    );
  }
  return manifests.get(folder);
}

const declared = {
  meta: {
    type: 'problem',
    schema: [
      {
        type: 'object',
        properties: { scope: { type: 'string' }, dev: { type: 'boolean' } },
        required: ['scope'],
        additionalProperties: false,
      },
    ],
    docs: { description: 'What a file imports of the scope stands in the package.json of its package.' },
  },
  create(context) {
    const [{ scope, dev = false }] = context.options;
    const {
      name,
      dependencies = {},
      peerDependencies = {},
      devDependencies = {},
    } = packageOf(dirname(context.filename));
    const lists = [dependencies, peerDependencies, ...(dev ? [devDependencies] : [])];
    const check = ({ source }) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith(`${scope}/`)) return;
      const wanted = source.value.split('/').slice(0, 2).join('/');
      if (lists.some((list) => wanted in list)) return;
      const where = dev ? 'dependencies or devDependencies' : 'dependencies';
      context.report({
        node: source,
        message:
          wanted === name ? `${name} imports itself; import the file.` : `Add ${wanted} to the ${where} of ${name}.`,
      });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { rules: { 'no-cycle': noCycle, declared } };
