// Lint of the whole repository; run by `npm run check` from the repository's root.
import tseslint from 'typescript-eslint';

const vendorOf = (message, ...names) => names.map((name) => ({ name, message }));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.tools/**', 'data/**', 'docs/**'] },
  {
    files: ['packages/**/*.ts', 'packages/**/*.tsx', 'tests/**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-expressions': ['error', { allowTernary: true, allowShortCircuit: true }],
    },
  },
  {
    // Settings come as arguments; the environment is read in one place.
    files: ['packages/server/src/**/*.ts'],
    ignores: [
      'packages/server/src/boot/**',
      '**/*.test.ts',
      '**/*.suite.ts',
      '**/testing.ts',
      '**/*.child.ts',
      '**/testing/**',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only boot reads the environment' },
      ],
      'no-restricted-imports': [
        'error',
        { paths: vendorOf('only a driver may import this', 'better-sqlite3') },
      ],
    },
  },
  {
    files: ['packages/server/src/stores/*/*/**/*.ts', 'packages/server/src/kernel/data-lock.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    // A suite or a test is one long list of cases.
    files: ['**/*.test.ts', '**/*.test.tsx', '**/*.suite.ts', 'tests/**/*.ts', 'packages/web/**/*.tsx'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['packages/cli/**/*.ts', 'tests/**/*.ts', '**/*.test.ts'],
    rules: { 'no-console': 'off' },
  },
  // React.lazy takes default exports.
  {
    files: ['**/*.config.ts', '**/*.config.js', 'packages/web/**/*.tsx'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
