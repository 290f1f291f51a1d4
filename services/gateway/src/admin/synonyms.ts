import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetLists } from '../concerts/keep-catalogue.ts';
import { line } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';

const groups = z.array(z.array(line(1, 60)).min(2).max(20)).max(500);
const synonyms = z
  .object({ groups: z.array(z.array(z.string())).meta({ example: [['아이유', 'iu']] }) })
  .meta({ id: 'Synonyms', description: 'Groups of words that mean the same to a person who searches.' });

export const getSynonyms = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/synonyms',
    operationId: 'getSynonyms',
    summary: 'The synonyms of searches',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {},
    responses: { 200: synonyms },
    problems: [],
  },
  async ({ services }) => {
    const answer = await services.concert.getSynonyms({});
    return { status: 200, body: { groups: answer.groups.map(({ words }) => words) } };
  },
);

export const putSynonyms = defineRoute(
  {
    method: 'put',
    path: '/api/v1/admin/synonyms',
    operationId: 'putSynonyms',
    summary: 'Replace the synonyms of searches',
    description:
      'They belong to the whole shop. Searches follow within seconds; nothing is indexed anew. An empty list brings the defaults back.',
    tag: 'Administration',
    access: role('operator'),
    input: { body: z.strictObject({ groups }).meta({ id: 'PutSynonyms' }) },
    responses: { 200: synonyms },
    problems: [],
  },
  async ({ services, kept }, { body }, { user }) => {
    const answer = await services.concert.putSynonyms({ groups: body.groups.map((words) => ({ words })), actor: toActor(user) });
    forgetLists(kept);
    return { status: 200, body: { groups: answer.groups.map(({ words }) => words) } };
  },
);
