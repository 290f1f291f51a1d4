import { z } from 'zod';
import { role } from '../auth/access.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { settingKey, settingSchema, settingsOf, toSetting } from './setting.ts';

export const putSetting = defineRoute(
  {
    method: 'put',
    path: '/api/v1/admin/settings/{key}',
    operationId: 'putSetting',
    summary: 'Change a runtime setting in every instance',
    tag: 'Administration',
    access: role('operator'),
    input: { params: settingKey, body: z.strictObject({ value: z.number() }).meta({ id: 'PutSetting' }) },
    responses: { 200: settingSchema },
    problems: ['setting-not-found', 'setting-out-of-range'],
    absent: 'setting-not-found',
  },
  async ({ services }, { params, body }, { user }) => {
    const settings = settingsOf(services, params.key);
    if (!settings) return problem('setting-not-found');
    const { result } = await settings.putSetting({ key: params.key, value: body.value, actorId: user.id });
    if (result.case !== 'setting') return refused(result);
    return { status: 200, body: toSetting(result.value) };
  },
);
