import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { findPromtool } from '../../deploy/local/infrastructure/promtool-binary.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { alertsFile, readAlerts } from '../../deploy/observability/alert-rules.ts';
import { readDashboard } from '../../deploy/observability/dashboard.ts';
import { selectorsIn } from '../../deploy/observability/metric-selectors.ts';

const execFileAsync = promisify(execFile);
const alertTestsFile = `${repositoryRoot}deploy/observability/alerts.test.yaml`;
const runbooks = `${repositoryRoot}deploy/runbooks`;
const headings = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'];

const alertTests = z.looseObject({
  tests: z.array(z.looseObject({ alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) })),
});

const alerts = readAlerts();

/** @throws Error with what promtool says when it is not content */
async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(findPromtool() ?? 'promtool', args);
  return stdout;
}

function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
}

describe('the alerts', () => {
  it('are good rules', async () => {
    expect(await promtool('check', 'rules', alertsFile)).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  it('fire and keep silent as their tests say', async () => {
    expect(await promtool('test', 'rules', alertTestsFile)).toContain('SUCCESS');
  }, 30_000);

  it('are each tested in both ways', () => {
    const cases = alertTests.parse(parse(readFileSync(alertTestsFile, 'utf8'))).tests.flatMap((test) => test.alert_rule_test);
    const named = (isFiring: boolean): Set<string> =>
      new Set(cases.filter((test) => test.exp_alerts.length > 0 === isFiring).map((test) => test.alertname));
    const names = new Set(alerts.map(({ alert }) => alert));
    expect({ firing: named(true), silent: named(false) }).toEqual({ firing: names, silent: names });
  });

  it('have names of their own', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it.each(alerts.map(({ alert, annotations }) => [alert, annotations.runbook_url]))('%s leads to a runbook', (_alert, path) => {
    expect(existsSync(`${repositoryRoot}${path}`)).toBe(true);
  });
});

describe('the runbooks', () => {
  const files = readdirSync(runbooks).filter((file) => file !== 'README.md');

  it.each(files)('%s has its four parts', (file) => {
    expect(headingsOf(`${runbooks}/${file}`)).toEqual(headings);
  });

  it('are all in the index, with the alerts that lead there', () => {
    const index = readFileSync(`${runbooks}/README.md`, 'utf8');
    const linked = [...index.matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, file]) => file);
    expect(linked.sort()).toEqual(files.sort());
    for (const { alert, annotations } of alerts) {
      const file = annotations.runbook_url.replace('deploy/runbooks/', '');
      expect(index.split('\n').find((line) => line.includes(`(${file})`))).toContain(alert);
    }
  });
});

describe('the dashboard', () => {
  const { panels } = readDashboard();
  const charts = panels.filter(({ type }) => type !== 'row');

  it('asks for something in every panel', () => {
    expect(charts.filter(({ targets }) => targets.length === 0).map(({ title }) => title)).toEqual([]);
  });

  it.each(charts.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr])))(
    '%s keeps to its namespace: %s',
    (_title, expr) => {
      expect(selectorsIn(expr).filter(({ labels }) => !labels.includes('namespace'))).toEqual([]);
    },
  );
});
