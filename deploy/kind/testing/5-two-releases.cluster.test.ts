import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { repositoryRoot } from '../../local/profile.ts';
import { walkThrough } from '../../local/walk-through.ts';
import { shellBlock } from '../runbook.ts';
import { demoPassword, namespaces, openTestCluster, release, secondHost, type TestCluster, upgradeRelease } from './cluster-target.ts';
import { type OperatorShell, operatorShell } from './operator-shell.ts';
import { requestWithin, servicePods } from './pods.ts';

const { first, second } = namespaces;
const patienceMs = 120_000;
const nobody = '00000000-0000-7000-8000-000000000000';
const keyId = z.object({ kid: z.string() });
let cluster: TestCluster;
beforeAll(() => {
  cluster = openTestCluster();
});
afterAll(() => cluster.close());

async function restarts(namespace: string): Promise<Record<string, number>> {
  const pods = await servicePods(cluster.kubectl, namespace);
  return Object.fromEntries(pods.map(({ metadata, status }) => [metadata.name, status.containerStatuses[0]?.restartCount ?? -1]));
}

// Told in order: the second release comes, works beside the first, and goes.
describe('a second release in another namespace', () => {
  let before: Record<string, number>;

  it('comes up on databases and brokers of its own in the cluster, and sells a ticket', async () => {
    before = await restarts(first);
    await cluster.helm(
      ...['upgrade', '--install', 'infra', `${repositoryRoot}charts/ticketing-infra`, '--namespace', second],
      ...['--set', 'mysql.persistence.size=1Gi,kafka.persistence.size=1Gi,elasticsearch.persistence.size=1Gi'],
      ...['--set', `elasticsearch.image=${cluster.images.elasticsearch}`, '--wait', '--timeout', '8m'],
    );
    await upgradeRelease(cluster.helm, second);
    expect(await cluster.helm('test', release, '--namespace', second, '--timeout', '5m')).toMatch(/Phase:\s+Succeeded/);
  }, 1_500_000);

  it('is closed to the services of the first', async () => {
    const [pod] = await servicePods(cluster.kubectl, first, 'payment');
    const call = (appId: string) =>
      requestWithin(cluster.kubectl, first, pod!.metadata.name, {
        url: 'http://127.0.0.1:3500/ticketing.reservation.v1.ReservationService/GetReservation',
        method: 'POST',
        headers: { 'dapr-app-id': appId, 'content-type': 'application/json', 'connect-protocol-version': '1' },
        body: JSON.stringify({ userId: nobody, reservationId: nobody }),
        asOwner: true,
      });
    expect((await call('reservation')).status).toBe(200);
    expect((await call(`reservation.${second}`)).status).toBe(403);
  }, 120_000);

  describe('by the runbooks', () => {
    let operator: OperatorShell;
    beforeAll(async () => {
      operator = operatorShell(cluster);
      await operator.logIn();
    });
    const rotation = (text: string): string => `${shellBlock('key-rotation', 'keys()')}\n${shellBlock('key-rotation', text)}`;
    const keyOf = (token: string): unknown => keyId.parse(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).kid;
    const isAnswered = (token: string, status: number): Promise<boolean> =>
      operator.eventually(`curl -o /dev/null -w '%{http_code}' "$API/users/me" -H 'authorization: Bearer ${token}'`, String(status));

    it('signs with a new key, still takes tokens of the old one, and refuses those of a leaked one', async () => {
      const before = await operator.logIn();
      await operator.run(rotation('user-signing-keys promote'));
      // One that is about to end still signs with the old key.
      await operator.run(
        'until [ "$(k get pods -l app.kubernetes.io/name=user,app.kubernetes.io/component=service -o name | grep -c .)" = 1 ]; do sleep 1; done',
      );
      const after = await operator.logIn();
      expect(keyOf(after)).not.toBe(keyOf(before));
      for (const token of [before, after]) expect(await isAnswered(token, 200)).toBe(true);
      await operator.run(rotation('user-signing-keys replace'));
      for (const token of [before, after]) expect(await isAnswered(token, 401)).toBe(true);
      expect(await isAnswered(await operator.logIn(), 200)).toBe(true);
    }, 600_000);

    it('takes a new password of a database', async () => {
      const password = "k get secret ticketing-secrets -o 'jsonpath={.data.payment-db-password}' | base64 -d";
      const before = await operator.run(password);
      await operator.run(shellBlock('key-rotation', 'RETAIN CURRENT PASSWORD'));
      expect(await operator.run(password)).not.toBe(before);
      const connect = `MYSQL_PWD='${before}' exec mysql --no-defaults --socket=/run/mysqld/mysqld.sock --user=payment_app payments`;
      await expect(operator.run(`k exec infra-mysql-0 -c mysql -- sh -c "${connect}"`)).rejects.toThrow('Access denied');
      expect(await operator.eventually('admin GET sagas', '"items"')).toBe(true);
    }, 300_000);

    it('goes back to the version before, whatever was restarted since', async () => {
      const tagsOfPods = async (): Promise<string[]> => {
        const items = '\'{range .items[*]}{.spec.containers[0].image}{"\\n"}{end}\'';
        const images = await operator.run(`k get pods -l app.kubernetes.io/component=service -o jsonpath=${items}`);
        return [...new Set([...images.matchAll(/:([^:\s]+)$/gm)].map(([, tag = '']) => tag))];
      };
      await upgradeRelease(cluster.helm, second, `image.tag=${cluster.images.nextTag}`);
      await operator.run('k rollout restart deployment/user && k rollout status deployment/user --timeout 3m');
      await operator.run(shellBlock('rollback', 'undo TAG').replaceAll('undo TAG', `undo ${cluster.images.tag}`));
      expect(await pollUntil(async () => ((await tagsOfPods()).join() === cluster.images.tag ? true : undefined), patienceMs)).toBe(true);
    }, 900_000);

    it('ends a payment that waits for an operator', async () => {
      const [hold = '', payment = ''] = walkThrough(`http://${secondHost}`).split(/^(?=PAYMENT=)/m);
      const outage =
        'k scale deployment/reservation --replicas 0; k wait pod -l app.kubernetes.io/name=reservation --for delete --timeout 2m';
      const paid = payment.split('\n')[0] ?? '';
      const said = await operator.run(`${hold}\n{ ${outage}; } > /dev/null\n${paid}\necho "$PAYMENT"`);
      expect(said.trim().split('\n').at(-1)).toContain('"status":"PENDING"');
      // What an hour of tries comes to.
      await operator.run(`sql payments <<< "UPDATE sagas SET status = 'PARKED' WHERE status = 'RUNNING'"`);
      await operator.run('k scale deployment/reservation --replicas 1; k rollout status deployment/reservation --timeout 3m');
      const list = shellBlock('saga-parked', 'sagas?status=PARKED').split('\n')[0] ?? '';
      expect(await operator.eventually(list, '"id"')).toBe(true);
      const [, id = ''] = /"id": "([0-9a-f-]{36})"/.exec(await operator.run(list)) ?? [];
      await operator.run(shellBlock('saga-parked', '/retry').replace('SAGA-ID', id));
      expect(await operator.eventually("admin GET 'sagas?status=COMPLETED'", id)).toBe(true);
    }, 600_000);

    it('is restored from a backup, sells on, and has its books in order', async () => {
      expect(await operator.eventually(`admin PUT settings/queue.capacity '{"value":321}'`, '"value":321')).toBe(true);
      expect(await operator.run(shellBlock('restore', 'mysqldump'))).toContain('-- Dump completed');
      const isSent = (path: string, body: object, status: number): Promise<boolean> => {
        const request = `"$API/${path}" -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
        return operator.eventually(`curl -o /dev/null -w '%{http_code}' ${request}`, String(status));
      };
      const account = { email: 'late@example.com', password: demoPassword };
      expect(await isSent('users', { ...account, name: 'Too late' }, 201)).toBe(true);
      expect(await isSent('sessions', account, 201)).toBe(true);
      const closing = shellBlock('restore', '"suspend":true');
      const reopening = shellBlock('restore', '"suspend":false').replace('--replicas 2', '--replicas 1');
      for (const lines of [
        closing,
        shellBlock('restore', '< backup.sql'),
        shellBlock('restore', 'topics.sh'),
        shellBlock('restore', 'INTERVAL 1 HOUR'),
      ]) {
        await operator.run(lines);
      }
      await operator.run(
        `${reopening}\nfor service in user queue concert reservation payment; do k rollout status "deployment/$service" --timeout 5m; done`,
      );
      expect(await isSent('sessions', account, 401)).toBe(true);
      expect(await operator.eventually('admin GET settings/queue.capacity', '"value":321')).toBe(true);

      const concert = /^CONCERT=(\S+)/m.exec(walkThrough(''))?.[1] ?? '';
      expect(await operator.eventually(`curl "$API/queue/rooms/${concert}"`, 'waiting-room-lost')).toBe(true);
      await operator.run(`CONCERT=${concert}\n${shellBlock('waiting-room-lost', '/restarts')}`);
      const bought = await operator.run(walkThrough(`http://${secondHost}`));
      expect(bought.trim().split('\n').at(-1)).toMatch(/^\{"id":"[0-9a-f-]{36}","reservationId":.*"qr":"ey/);
      const recount = await operator.run(shellBlock('restore', 'sold_without_ticket'));
      expect([...recount.matchAll(/^\|\s+(\d+) \|$/gm)].map(([, count]) => count)).toEqual(['0', '0', '0', '0']);
    }, 1_500_000);
  });

  it('leaves nothing but its volumes when it is uninstalled, and the first as it was', async () => {
    await cluster.helm('uninstall', release, '--namespace', second, '--wait', '--timeout', '3m');
    await cluster.helm('uninstall', 'infra', '--namespace', second, '--wait', '--timeout', '3m');
    const remains = async () => {
      const kinds = 'all,configmap,ingress,networkpolicy,pdb,hpa,job,components.dapr.io,configurations.dapr.io,subscriptions.dapr.io,pvc';
      const listed = await cluster.kubectl(['get', kinds, '--namespace', second, '--ignore-not-found', '--output=name']);
      return listed.split('\n').filter((name) => name !== '' && name !== 'configmap/kube-root-ca.crt');
    };
    const isVolume = (name: string): boolean => name.startsWith('persistentvolumeclaim/');
    const left = await pollUntil(async () => ((await remains()).every(isVolume) ? await remains() : undefined), patienceMs);
    expect((left ?? (await remains())).filter((name) => !isVolume(name))).toEqual([]);
    expect(left?.length).toBe(4);
    expect(await restarts(first)).toEqual(before);
    expect(await cluster.helm('test', release, '--namespace', first, '--timeout', '5m')).toMatch(/Phase:\s+Succeeded/);
  }, 600_000);
});
