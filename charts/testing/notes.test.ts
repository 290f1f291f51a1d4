import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { find } from './product-chart.ts';
import { type ChartName, type RenderOptions, renderChart } from './render-chart.ts';

// Helm shows notes of an installation only; here they are the text of an object in a copy of the chart.
const asObject = `apiVersion: v1
kind: ConfigMap
metadata: { name: notes }
data:
  text: |
    {{- tpl (.Files.Get "NOTES.txt") . | nindent 4 }}
`;
let copies: string;
beforeAll(() => {
  copies = mkdtempSync(`${tmpdir()}/ticketing-notes-`);
  for (const chart of ['ticketing', 'ticketing-infra']) {
    cpSync(`${repositoryRoot}charts/${chart}`, `${copies}/${chart}`, { recursive: true, dereference: true });
    renameSync(`${copies}/${chart}/templates/NOTES.txt`, `${copies}/${chart}/NOTES.txt`);
    writeFileSync(`${copies}/${chart}/templates/notes.yaml`, asObject);
  }
});
afterAll(() => rmSync(copies, { recursive: true }));

async function notesOf(chart: ChartName, options: RenderOptions = {}): Promise<string> {
  const rendered = await renderChart(chart, { namespace: 'shop', ...options, folder: `${copies}/${chart}` });
  return find(rendered, 'ConfigMap', 'notes').data?.['text'] ?? '';
}

/** What may be pasted after a number: one line each. */
function commandsIn(notes: string): string[] {
  return [...notes.matchAll(/^\d\. .*\n\n {2}(.*)$/gm)].map(([, command = '']) => command);
}

describe('the notes of the product', () => {
  const pods = 'kubectl --namespace shop get pods --selector app.kubernetes.io/instance=east,app.kubernetes.io/component=service';
  const forward = 'kubectl --namespace shop port-forward service/gateway 8080:8080';

  it.each([
    [{ ingress: { host: 'shop.example', tlsSecretName: 'shop-tls' } }, 'curl https://shop.example/api/v1/concerts'],
    [{ ingress: { host: 'shop.example' } }, 'curl http://shop.example/api/v1/concerts'],
    [{ ingress: { host: '*.example' } }, forward],
    [{ ingress: { enabled: false, host: 'shop.example' } }, forward],
    [{}, forward],
  ])('with %j say the next three commands', async (values, second) => {
    const notes = await notesOf('ticketing', { release: 'east', values });
    expect(commandsIn(notes)).toEqual([pods, second, 'helm --namespace shop test east']);
    expect(notes).toMatch(/^ticketing 0\.1\.0 is in namespace shop\.\n/);
  });

  it('warn of demonstration accounts where there are some', async () => {
    const warning = 'switch seed.enabled off in production';
    expect(await notesOf('ticketing', { values: { seed: { enabled: true, password: 'for everybody' } } })).toContain(warning);
    expect(await notesOf('ticketing')).not.toContain(warning);
  });
});

describe('the notes of a product without a mail server', () => {
  it('say that no mail is sent', async () => {
    const warning = 'No mail is sent, because mail.host is empty';
    expect(await notesOf('ticketing', { values: { mail: { host: '' } } })).toContain(warning);
    expect(await notesOf('ticketing')).not.toContain(warning);
  });
});

describe('the notes of the infrastructure', () => {
  it('say the next three commands', async () => {
    const notes = await notesOf('ticketing-infra', { release: 'stores', values: { secrets: { name: 'shop-secrets' } } });
    expect(commandsIn(notes)).toEqual([
      'kubectl --namespace shop describe secret shop-secrets',
      'kubectl --namespace shop rollout status statefulset --selector app.kubernetes.io/instance=stores --timeout 10m',
      'helm --namespace shop upgrade --install ticketing ./ticketing --set infra.release=stores --set image.registry=REGISTRY',
    ]);
  });

  it('say where each part is, and how its data goes, where there is one', async () => {
    const notes = await notesOf('ticketing-infra');
    for (const address of ['infra-mysql:3306', 'infra-redis:6379', 'infra-kafka:9092', 'infra-elasticsearch:9200']) {
      expect(notes).toContain(address);
    }
    expect(notes).toContain('delete pvc');
    const parts = ['mysql', 'redis', 'kafka', 'elasticsearch'];
    const values = Object.fromEntries(parts.map((part) => [part, { persistence: { enabled: false }, enabled: part === 'redis' }]));
    const few = await notesOf('ticketing-infra', { values });
    expect(few).toContain('infra-redis:6379');
    expect(few).not.toMatch(/mysql:3306|delete pvc/);
  });
});
