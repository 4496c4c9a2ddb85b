/** Rules over what the files of the packages import, off the program that typed lint has made anyway. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
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
function wayBetween(graph, from, to) {
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
      const names = way.map((path) => relative(context.cwd, path)).join(' → ');
      context.report({ node: source, message: `A circle of imports: this file → ${names}.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

/** The package of a file: its folder and what package.json says, by folder of the file. */
const packages = new Map();

function packageOf(folder) {
  if (!packages.has(folder)) {
    const path = join(folder, 'package.json');
    const found = existsSync(path) ? { folder, ...JSON.parse(readFileSync(path, 'utf8')) } : packageOf(dirname(folder));
    packages.set(folder, found);
  }
  return packages.get(folder);
}

const withinPackage = {
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
    docs: {
      description:
        'A file imports by path within its package; what it imports of the scope stands in its package.json, for tests ' +
        '(`dev`) also among devDependencies.',
    },
  },
  create(context) {
    const [{ scope, dev = false }] = context.options;
    const here = dirname(context.filename);
    const { folder, name, dependencies, peerDependencies, devDependencies } = packageOf(here);
    const declared = { ...dependencies, ...peerDependencies, ...(dev ? devDependencies : {}) };
    const problemOf = (wanted) => {
      if (wanted.startsWith('.')) {
        const isWithin = resolve(here, wanted).startsWith(folder + sep);
        return isWithin ? undefined : `${wanted} is outside of ${name}: import the package by its name.`;
      }
      if (!wanted.startsWith(`${scope}/`)) return undefined;
      const other = wanted.split('/', 2).join('/');
      if (other === name) return `${name} imports itself: import the file.`;
      if (other in declared) return undefined;
      return `Add ${other} to the ${dev ? 'devDependencies' : 'dependencies'} of ${name}.`;
    };
    const check = ({ source }) => {
      const message = typeof source?.value === 'string' ? problemOf(source.value) : undefined;
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { rules: { 'no-cycle': noCycle, 'within-package': withinPackage } };
