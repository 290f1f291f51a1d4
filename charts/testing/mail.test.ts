import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { find, namesOf, plainVariables, podOf, serviceContainer } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';

const componentShape = z.looseObject({ spec: z.looseObject({ metadata: z.array(z.looseObject({ name: z.string() })) }) });

const render = (mail: Record<string, unknown>): Promise<Manifest[]> => renderChart('ticketing', { values: { mail } });
const secretsOf = (manifests: readonly Manifest[]): string =>
  podOf(manifests, 'Deployment', 'user').metadata.annotations['dapr.io/env-from-secret'] ?? '';
const metadataOf = (manifests: readonly Manifest[]) => componentShape.parse(find(manifests, 'Component', 'ticketing-mail')).spec.metadata;

describe('mail', () => {
  it('goes from the user service to the server that is named', async () => {
    const manifests = await render({ port: 465, skipTlsVerify: true });
    expect(metadataOf(manifests)).toEqual([
      { name: 'host', value: 'smtp.example' },
      { name: 'port', value: '465' },
      { name: 'user', value: 'shop' },
      { name: 'password', secretKeyRef: { name: 'SMTP_PASSWORD', key: 'SMTP_PASSWORD' } },
      { name: 'emailFrom', value: 'Concert Tickets <tickets@shop.example>' },
      { name: 'skipTLSVerify', value: 'true' },
    ]);
    expect(secretsOf(manifests)).toContain('SMTP_PASSWORD=ticketing-secrets:smtp-password');
    expect(plainVariables(serviceContainer(manifests, 'user'))).toMatchObject({ MAIL_SENDING: 'on', PUBLIC_URL: 'https://shop.example' });
    expect(plainVariables(serviceContainer(manifests, 'payment'))).not.toHaveProperty('MAIL_SENDING');
  });

  it('needs no password for a server that knows nobody', async () => {
    const manifests = await render({ user: '' });
    expect(metadataOf(manifests).map(({ name }) => name)).toEqual(['host', 'port', 'emailFrom', 'skipTLSVerify']);
    expect(secretsOf(manifests)).not.toContain('SMTP_PASSWORD');
  });

  it('is not sent without a server', async () => {
    const manifests = await render({ host: '' });
    expect(namesOf(manifests, 'Component')).not.toContain('ticketing-mail');
    expect(secretsOf(manifests)).not.toContain('SMTP_PASSWORD');
    expect(plainVariables(serviceContainer(manifests, 'user'))).not.toHaveProperty('MAIL_SENDING');
  });

  it.each([
    ['no sender', { from: '' }],
    ['a sender that is no address', { from: 'Concert Tickets' }],
    ['a sender that ends the line of a component', { from: 'a"b@shop.example' }],
    ['nowhere for links to begin', { publicUrl: '' }],
    ['no networks', { cidrs: [] }],
  ])('is refused with %s', async (_what, mail) => {
    await expect(render(mail)).rejects.toThrow();
  });
});
