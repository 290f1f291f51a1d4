import { role } from '../auth/access.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { settingKey, settingSchema, settingsOf, toSetting } from './setting.ts';

export const getSetting = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/settings/{key}',
    operationId: 'getSetting',
    summary: 'A runtime setting',
    tag: 'Administration',
    access: role('operator'),
    input: { params: settingKey },
    responses: { 200: settingSchema },
    problems: ['setting-not-found'],
    absent: 'setting-not-found',
  },
  async ({ services }, { params }) => {
    const settings = settingsOf(services, params.key);
    if (!settings) return problem('setting-not-found');
    const { result } = await settings.getSetting(params);
    if (result.case !== 'setting') return refused(result);
    return { status: 200, body: toSetting(result.value) };
  },
);
