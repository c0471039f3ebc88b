import tseslint from 'typescript-eslint';

/** Time and chance come from ecg/clock.ts and seeded generators, so that every rule about time can be tested by hand. */
const uncontrolled = [
  { object: 'Date', property: 'now', message: 'Take the time from a Clock (ecg/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take chance from a seeded generator.' },
];
const timers = ['setTimeout', 'setInterval'].map((name) => ({ name, message: 'Take timers from a Clock (ecg/clock.ts).' }));

export default tseslint.config(
  { ignores: ['node_modules/**', 'dashboard/dist/**', 'data/**', 'runs/**', 'state/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['ecg/**/*.ts', 'stream/**/*.ts', 'models/**/*.ts', 'dashboard/server/**/*.ts'],
    ignores: ['ecg/clock.ts'],
    rules: { 'no-restricted-properties': ['error', ...uncontrolled], 'no-restricted-globals': ['error', ...timers] },
  },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/helpers/properties.ts'],
    rules: { 'no-restricted-imports': ['error', { name: 'fast-check', message: 'Take fc from test/helpers/properties.ts: every run has the same seed.' }] },
  },
);
