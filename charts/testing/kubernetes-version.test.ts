import { describe, expect, it } from '@jest/globals';
import { renderText } from './render-chart.ts';

describe.each(['ticketing', 'ticketing-infra'] as const)('the chart %s', (chart) => {
  it('is refused by a Kubernetes that is too old, with the version that is needed', async () => {
    await expect(renderText(chart, { kubernetesVersion: '1.29.14' })).rejects.toThrow(/kubeVersion: >=1\.30\.0-0.*1\.29\.14/);
  });

  it.each(['1.30.0', '1.34.1-gke.1293000', '1.40.0'])('is taken by %s', async (kubernetesVersion) => {
    expect(await renderText(chart, { kubernetesVersion })).toContain('kind: NetworkPolicy');
  });
});
