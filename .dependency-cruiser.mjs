/** Boundaries between the packages; see docs/architecture.md. */
const services = ['gateway', 'user', 'queue', 'concert', 'reservation', 'payment'];

export default {
  forbidden: [
    ...services.map((service) => ({
      name: `${service}-stands-alone`,
      comment: 'Services talk through their sidecars; code is shared by common and contracts only.',
      severity: 'error',
      from: { path: `^services/${service}/` },
      to: { path: `^services/(${services.filter((other) => other !== service).join('|')})/` },
    })),
    {
      name: 'common-knows-no-service',
      severity: 'error',
      from: { path: '^services/(common|contracts)/' },
      to: { path: `^services/(${services.join('|')})/` },
    },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      from: { path: '^services/contracts/' },
      to: { path: '^services/common/' },
    },
    {
      name: 'only-through-the-sidecar',
      comment: 'Redis and Kafka are reached through Dapr; resiliency belongs to components/resiliency.yaml.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '(^|/)(ioredis|redis|kafkajs|node-rdkafka|opossum|cockatiel)(/|$)' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['ticketing-source', 'import', 'default'], exportsFields: ['exports'] },
  },
};
