/** Import directions of ARCHITECTURE.md; `npm run check` fails on any other. Tests may reach further, but not across packages. */
const source = (p) => `^packages/${p}/src/`;
const server = 'packages/server/src';
const notTest =
  '(\\.test\\.tsx?|\\.suite\\.ts|/testing\\.ts|/testing/.+|\\.child\\.ts|/fakes?\\.ts|/fixtures?\\.ts|\\.bench\\.ts)$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'api-is-a-leaf',
      severity: 'error',
      from: { path: source('api') },
      to: { path: '^packages/(?!api/)' },
    },
    {
      name: 'client-uses-api-only',
      severity: 'error',
      from: { path: source('client') },
      to: { path: '^packages/(?!client/|api/)' },
    },
    {
      name: 'web-uses-client-and-api-only',
      severity: 'error',
      from: { path: '^packages/web/(src|tests)' },
      to: { path: '^packages/(server|cli)/' },
    },
    {
      name: 'cli-uses-the-server-by-its-entry-only',
      severity: 'error',
      from: { path: source('cli') },
      to: { path: `^${server}/(?!boot/index\\.ts)` },
    },
    {
      name: 'kernel-uses-api-only',
      severity: 'error',
      from: { path: `^${server}/kernel/`, pathNot: notTest },
      to: { path: `^${server}/(?!kernel/)` },
    },
    {
      name: 'driver-uses-own-kind-only',
      severity: 'error',
      from: {
        path: `^${server}/stores/([^/]+)/`,
        pathNot: [notTest, `^${server}/stores/(wrappers|clients)/`],
      },
      to: {
        path: `^${server}/`,
        // `Json` of the config contract is shared by all contracts that carry JSON.
        pathNot: [
          `^${server}/stores/$1/`,
          `^${server}/kernel/`,
          `^${server}/stores/clients/`,
          `^${server}/stores/config/contract\\.ts$`,
        ],
      },
    },
    {
      name: 'driver-never-imports-a-sibling',
      severity: 'error',
      from: { path: `^${server}/stores/([^/]+)/([^/]+)/`, pathNot: notTest },
      to: {
        path: `^${server}/stores/$1/[^/]+/`,
        // `pooled` is no driver: it is the frame that those of MySQL and PostgreSQL share.
        pathNot: [`^${server}/stores/$1/$2/`, `^${server}/stores/sql/pooled/`],
      },
    },
    {
      name: 'service-uses-contracts-and-apis-only',
      severity: 'error',
      from: { path: `^${server}/services/([^/]+)/`, pathNot: notTest },
      to: {
        path: `^${server}/`,
        pathNot: [
          `^${server}/services/$1/`,
          `^${server}/services/[^/]+/api\\.ts$`,
          `^${server}/stores/[^/]+/contract\\.ts$`,
          `^${server}/stores/sql/query\\.ts$`,
          `^${server}/kernel/`,
        ],
      },
    },
    {
      name: 'gateway-uses-apis-only',
      severity: 'error',
      from: { path: `^${server}/gateways/`, pathNot: notTest },
      to: {
        path: `^${server}/`,
        pathNot: [`^${server}/gateways/`, `^${server}/services/[^/]+/api\\.ts$`, `^${server}/kernel/`],
      },
    },
    {
      name: 'only-boot-sees-everything',
      severity: 'error',
      from: { path: `^${server}/(?!boot/)`, pathNot: notTest },
      to: { path: `^${server}/boot/` },
    },
    {
      name: 'production-never-imports-testing',
      severity: 'error',
      from: { path: '^packages/', pathNot: notTest },
      to: { path: `^${server}/testing/` },
    },
    {
      name: 'acceptance-is-black-box',
      severity: 'error',
      from: { path: '^tests/acceptance/' },
      // How tests wait knows nothing of the server.
      to: { path: '^packages/(server|cli|web)/', pathNot: '^packages/server/src/testing/expectations\\.ts$' },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
