import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import imports from './tools/lint/imports.mjs';

/** Packages that must run in a browser: no Node, no image library, no backend. */
const browserSafe = ['geometry', 'tensor-ops', 'losses-sed', 'teacher-ema', 'detectors', 'augment', 'methods'];
const sources = (packages) => packages.map((name) => `packages/${name}/src/**/*.ts`);
const tests = ['**/*.test.ts', '**/src/testing/**/*.ts'];

const libraries = [
  'layer:geometry',
  'layer:core',
  'layer:loss',
  'layer:teacher',
  'layer:model',
  'layer:view',
  'layer:method',
  'layer:data',
];

/** What a package of a layer may depend on; `layer:testing` is for tests alone. */
const edges = {
  'layer:geometry': [],
  'layer:core': [],
  'layer:loss': ['layer:geometry', 'layer:core'],
  'layer:teacher': ['layer:core'],
  'layer:model': ['layer:geometry', 'layer:core'],
  'layer:view': ['layer:geometry'],
  'layer:method': ['layer:geometry', 'layer:core', 'layer:loss', 'layer:teacher', 'layer:model', 'layer:view'],
  'layer:data': ['layer:geometry'],
  'layer:runtime': ['layer:core'],
  'layer:trainer': [...libraries],
  'layer:app': [...libraries, 'layer:runtime', 'layer:trainer', 'layer:app'],
  'layer:testing': [],
};

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/.nx', '**/node_modules', 'runs', 'demo', 'tmp', '.venv', '**/test-output'] },
  ...tseslint.configs.recommended,
  {
    // Prettier wraps code; rows of tables and addresses cannot be wrapped.
    rules: {
      'max-len': ['error', { code: 10_000, comments: 120, ignoreUrls: true, ignorePattern: '^\\s*(//|\\*) \\|' }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeCheckedOnly],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.lint.json'],
        jsDocParsingMode: 'none', // no rule reads types out of comments
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Shapes and lists stand in messages as JavaScript joins them.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowArray: true, allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // JSON that a test has written itself, and jest's `expect.any`, are of type `any`; a fake of something asynchronous
    // has nothing to wait for.
    files: tests,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { imports },
    rules: { 'imports/no-cycle': 'error', 'imports/within-package': ['error', { scope: '@sed' }] },
  },
  {
    files: tests,
    rules: { 'imports/within-package': ['error', { scope: '@sed', dev: true }] },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: Object.entries(edges).map(([sourceTag, allowed]) => ({
            sourceTag,
            onlyDependOnLibsWithTags: [...allowed, 'layer:testing'],
          })),
        },
      ],
    },
  },
  {
    // The trainer is handed a backend, it never picks one.
    files: sources(['trainer']),
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@sed/runtime', '@tensorflow/tfjs', '@tensorflow/tfjs-node*', '@tensorflow/tfjs-backend*'],
              message: 'The caller prepares the backend.',
            },
          ],
        },
      ],
    },
  },
  {
    files: sources(['datasets-coco', 'cli', 'integration']),
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@tensorflow/tfjs-node*', '@tensorflow/tfjs-backend*'],
              message: 'Only @sed/runtime imports a backend.',
            },
          ],
        },
      ],
    },
  },
  {
    // What comes from a data set or a run folder must not become an element of a page.
    files: sources(['cli']),
    ignores: [...tests, '**/*.generated.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':not(TaggedTemplateExpression) > TemplateLiteral > TemplateElement[value.raw=/<\\u002f[a-z]|\\u002f>/]',
          message: 'Markup is made by the template `html`, which escapes.',
        },
        {
          selector: 'Literal[value=/<\\u002f[a-z]|\\u002f>/]',
          message: 'Markup is made by the template `html`, which escapes.',
        },
        {
          selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
          message: 'Set text and attributes: a script of a page reads what others wrote.',
        },
      ],
    },
  },
  {
    files: sources(browserSafe),
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', 'fs', 'path', 'os', 'sharp', 'fast-glob'], message: 'This package runs in a browser.' },
            {
              group: ['@tensorflow/tfjs', '@tensorflow/tfjs-node*', '@tensorflow/tfjs-backend*'],
              message: 'The application picks the backend; import @tensorflow/tfjs-core.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'],
    },
  },
  {
    // Results are functions of the seed.
    files: ['packages/*/src/**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from a seeded stream.' },
        { object: 'Date', property: 'now', message: 'Time decides no result; durations come from performance.now().' },
      ],
    },
  },
);
