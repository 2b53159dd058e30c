// @ts-check
import { fileURLToPath } from 'node:url';
import { defineConfig, includeIgnoreFile } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importBoundaries } from './tools/eslint/import-boundaries.js';
import { purity } from './tools/eslint/purity.js';
import { quantityNames } from './tools/eslint/quantity-names.js';

const fluidscope = { rules: { 'import-boundaries': importBoundaries, 'quantity-names': quantityNames } };

const TESTS = ['**/*.test.ts', '**/testing/**/*.ts', 'test/**/*.ts'];
const SOURCE = ['packages/*/src/**/*.ts', 'native/*/src/**/*.ts', 'apps/*/src/**/*.ts'];

export default defineConfig(
  includeIgnoreFile(fileURLToPath(new URL('.gitignore', import.meta.url))),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    name: 'fluidscope/javascript',
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.recommended],
    plugins: { fluidscope },
    rules: { 'fluidscope/import-boundaries': 'error', eqeqeq: 'error' },
  },
  {
    name: 'fluidscope/typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { fluidscope },
    rules: {
      'fluidscope/import-boundaries': 'error',
      eqeqeq: 'error',
      // A type-only import leaves nothing at run time: the walls between layers stay visible in the output.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // { unwanted, ...rest } is how a property is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // [...text] gives code points, which is what is meant where text is counted.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    name: 'fluidscope/source',
    files: SOURCE,
    ignores: TESTS,
    // An exception that a comment grants is one nobody reviews: a rule that is wrong is mended here.
    linterOptions: { noInlineConfig: true },
    rules: {
      'fluidscope/quantity-names': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', { max: 4 }],
      complexity: ['error', { max: 20 }],
      'max-depth': ['error', { max: 4 }],
    },
  },
  purity([]),
  {
    name: 'fluidscope/tests',
    files: TESTS,
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[property.name=/^(only|skip|todo|fails)$/][object.name=/^(it|test|describe)$/]',
          message:
            'A test that is switched off or left alone proves nothing. One that needs something absent uses skipIf and says why.',
        },
      ],
      // Stubs, assertions about `expect.any` and rejected promises make these noise in tests.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
