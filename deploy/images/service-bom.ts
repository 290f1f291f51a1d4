import { z } from 'zod';
import type { ServiceName } from '../local/services.ts';
import { StepFailure } from '../local/step-failure.ts';

const componentSchema = z.looseObject({ 'bom-ref': z.string(), name: z.string() });
const documentSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** A CycloneDX document, of which only this much is looked at. */
export type BillOfMaterials = z.infer<typeof documentSchema>;

/** How many packages the document lists, and the document. */
export interface ServiceBom {
  readonly packages: number;
  readonly document: BillOfMaterials;
}

/**
 * npm describes the repository, of which the service is a part; this makes the service what the document is about.
 * @throws StepFailure when the document does not list the service, or names a package without describing it
 */
export function aboutService(document: unknown, service: ServiceName): ServiceBom {
  const { metadata, components, dependencies, ...rest } = documentSchema.parse(document);
  const repository = metadata.component['bom-ref'];
  const own = components.find((component) => component['bom-ref'].startsWith(`@ticketing/${service}@`));
  if (own === undefined) throw new StepFailure(`npm listed no package of ${service}`);
  const others = components.filter((component) => component !== own);
  const described = new Set(components.map((component) => component['bom-ref']));
  const needed = dependencies.filter(({ ref }) => ref !== repository);
  const unknown = needed.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !described.has(ref));
  if (unknown.length > 0) throw new StepFailure(`npm listed ${service} without ${[...new Set(unknown)].join(', ')}`);
  const component = { ...own, name: `ticketing-${service}`, type: 'application' };
  return {
    packages: others.length,
    document: { ...rest, metadata: { ...metadata, component }, components: others, dependencies: needed },
  };
}
