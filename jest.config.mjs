/** Unit tests need nothing; integration and end-to-end tests need the test stack, which `npm test` starts for them. */
const shared = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['ticketing-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/.local', '/dist/'],
};

export default {
  testSequencer: './deploy/local/testing/in-order-of-names.mjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/services/**/src/**/*.test.ts', '<rootDir>/deploy/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.int\\.test\\.ts$', '\\.e2e\\.test\\.ts$', '/node_modules/', '/dist/'],
    },
    { ...shared, displayName: 'int', testMatch: ['<rootDir>/services/**/src/**/*.int.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/deploy/**/*.e2e.test.ts'] },
  ],
};
