import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../local/profile.ts';

const panelSchema = z.looseObject({
  title: z.string(),
  type: z.string(),
  targets: z.array(z.looseObject({ expr: z.string(), refId: z.string() })).default([]),
});
const dashboardSchema = z.looseObject({ uid: z.string(), title: z.string(), panels: z.array(panelSchema) });

export type Dashboard = z.infer<typeof dashboardSchema>;

/** The Grafana dashboard as it is in the file. */
export function readDashboard(): Dashboard {
  return dashboardSchema.parse(JSON.parse(readFileSync(`${repositoryRoot}deploy/observability/dashboard.json`, 'utf8')));
}
