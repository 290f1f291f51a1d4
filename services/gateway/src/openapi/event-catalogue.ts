import { topics } from '@ticketing/contracts/events';
import { z } from 'zod';

const field = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional(), format: z.string().optional() })).optional(),
});
const nested = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  // Where each item has a type of its own, there is none for all of them.
  items: z.union([z.looseObject({}), z.literal(false)]).optional(),
});

/** docs/events.md: every event with its topic, meaning and fields. */
export function createEventCatalogue(): string {
  const intro = `# Events

Generated from the schemas in \`services/contracts/src/events/\`; change them there.

Every event is a CloudEvent on Kafka. Its \`id\` stays the same however often it is delivered, its \`type\` is the name below, and events
of one aggregate arrive in order. Events are delivered in groups, each event with an answer of its own
([decision](decisions/0023-events-in-groups.md)).
`;
  const parts = Object.entries(topics).map(([topic, events]) => {
    const types = Object.entries<z.ZodType>(events).map(([type, schema]) => describeEvent(type, schema));
    return `\n## Topic \`${topic}\`\n${types.join('')}`;
  });
  return intro + parts.join('');
}

function describeEvent(type: string, schema: z.ZodType): string {
  const rows = listFields(z.toJSONSchema(schema), '');
  const table = ['| field | type | meaning |', '|---|---|---|', ...rows].join('\n');
  return `\n### \`${type}\`\n\n${schema.description ?? ''}\n\n${table}\n`;
}

function listFields(schema: unknown, prefix: string): string[] {
  const { properties = {}, required = [] } = nested.parse(schema);
  return Object.entries(properties).flatMap(([name, property]) => {
    const optional = required.includes(name) ? '' : ', optional';
    const { description = '' } = field.parse(property);
    const { items } = nested.parse(property);
    const inside = !items ? listFields(property, `${prefix}${name}.`) : listFields(items, `${prefix}${name}[].`);
    return [`| \`${prefix}${name}\` | ${typeName(property)}${optional} | ${description} |`, ...inside];
  });
}

function typeName(schema: unknown): string {
  const { type, format, anyOf } = field.parse(schema);
  if (anyOf) return anyOf.map(typeName).join(' or ');
  const { items } = nested.parse(schema);
  if (items !== undefined) return items ? `array of ${typeName(items)}` : 'array';
  return format ?? [type ?? 'any'].flat().join(' or ');
}
