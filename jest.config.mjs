/** Unit tests need nothing, chart tests Helm and promtool; integration and end-to-end tests need the test stack, which `npm test` starts for them. */
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
      testPathIgnorePatterns: ['\\.int\\.test\\.ts$', '\\.e2e\\.test\\.ts$', '\\.cluster\\.test\\.ts$', '/node_modules/', '/dist/'],
    },
    { ...shared, displayName: 'charts', testMatch: ['<rootDir>/charts/testing/*.test.ts'] },
    { ...shared, displayName: 'int', testMatch: ['<rootDir>/services/**/src/**/*.int.test.ts'] },
    { ...shared, displayName: 'cluster', testMatch: ['<rootDir>/deploy/kind/testing/*.cluster.test.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/deploy/**/*.e2e.test.ts'],
      moduleNameMapper: { '^k6(/http)?$': '<rootDir>/deploy/load/k6/testing/k6-stand-in.ts' },
    },
  ],
};
