import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../local/profile.ts';

export const alertsFile = `${repositoryRoot}deploy/observability/alerts.yaml`;

const alertSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    /** A path in the repository. */
    runbook_url: z.string().regex(/^deploy\/runbooks\/[a-z-]+\.md$/),
  }),
});
const fileSchema = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(alertSchema) })) });

export type Alert = z.infer<typeof alertSchema>;

/** The alerts as they are in the file. @throws ZodError for anything that an alert should not have, or lacks */
export function readAlerts(): Alert[] {
  return fileSchema.parse(parse(readFileSync(alertsFile, 'utf8'))).groups.flatMap((group) => group.rules);
}
