import { describe, expect, it } from '@jest/globals';
import { createReadme } from '../readme/chart-readme.ts';

const metadata = { name: 'shop', description: 'A shop', version: '1.2.3', kubeVersion: '>=1.30.0-0' };

/** The lines of a section below its heading, without empty ones. */
function sectionOf(heading: string, schema: object, values: object = {}): string[] {
  const readme = createReadme({ metadata, values, schema: { definitions: {}, ...schema } });
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  return (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('|---') && !line.startsWith('| value'));
}

describe('the README of a chart', () => {
  it('begins with what the chart is and needs, and says that it is generated', () => {
    const readme = createReadme({ metadata, values: {}, schema: { properties: {}, definitions: {} } });
    expect(readme).toContain('# shop\n\n<!-- npm run codegen makes this file');
    expect(readme).toContain('\n\nA shop.\n\nVersion 1.2.3, for Kubernetes >=1.30.0.');
  });

  it('lists a value with its default, what it means and what may be chosen', () => {
    const level = { description: 'What is logged.', enum: ['warn', 'info'] };
    const hosts = { description: 'One a|b of them.', type: 'array' };
    const schema = { properties: { log: { description: 'Logs.', properties: { level, hosts, unset: { description: 'Nothing.' } } } } };
    expect(sectionOf('log', schema, { log: { level: 'info', hosts: ['a|b'] } })).toEqual([
      'Logs.',
      '| `log.level` | `"info"` | What is logged. One of `warn`, `info`. |',
      '| `log.hosts` | `["a\\|b"]` | One a\\|b of them. |',
      '| `log.unset` |  | Nothing. |',
    ]);
  });

  it('does not say twice what a section is for', () => {
    const schema = { properties: { seed: { description: 'Test data.', properties: { enabled: {}, from: { description: 'A file.' } } } } };
    expect(sectionOf('seed', schema, { seed: { enabled: false } })).toEqual([
      'Test data.',
      '| `seed.enabled` | `false` |  |',
      '| `seed.from` |  | A file. |',
    ]);
    expect(sectionOf('level', { properties: { level: { description: 'What is logged.' } } }, { level: 'info' })).toEqual([
      '| `level` | `"info"` | What is logged. |',
    ]);
  });

  it('lists once what several values refer to', () => {
    const store = { description: 'Where it is.', properties: { host: { description: 'A name.' } } };
    const stores = { a: { $ref: '#/definitions/store' }, b: { description: 'The other.', $ref: '#/definitions/store' } };
    const schema = { properties: { stores: { description: 'Stores.', properties: stores } }, definitions: { store } };
    expect(sectionOf('stores', schema, { stores: { b: { host: 'x' } } })).toEqual([
      'Stores.',
      '| `stores.a.host` |  | A name. |',
      '| `stores.b` | `{"host":"x"}` | The other. As `stores.a`. |',
    ]);
  });

  it('keeps an object whole of which nothing is described, and lists what is its own where any name may be', () => {
    const size = { description: 'How big.' };
    const quantities = { properties: { cpu: {}, memory: {} } };
    const one = { properties: { database: { description: 'Its database.' }, size: { $ref: '#/definitions/size' }, DEBUG: false } };
    const properties = {
      limits: { description: 'Bounds.', ...quantities },
      services: { description: 'By name.', patternProperties: { '^[a-z]+$': { $ref: '#/definitions/one' } } },
    };
    const schema = { properties, definitions: { size, one } };
    expect(sectionOf('limits', schema, { limits: { cpu: 1 } })).toEqual(['| `limits` | `{"cpu":1}` | Bounds. |']);
    expect(sectionOf('services', schema)).toEqual(['By name.', '| `services.NAME.database` |  | Its database. |']);
  });
});
