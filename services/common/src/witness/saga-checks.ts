import { type Check, rowsOf } from './check.ts';

export const sagasEnd: Check[] = [
  rowsOf('payment', "SELECT id AS saga, kind, status, attempts, last_error FROM sagas WHERE status NOT IN ('COMPLETED', 'COMPENSATED')"),
  // Each status of a saga allows some of its subject, and no other.
  rowsOf(
    'payment',
    `SELECT id AS saga, kind, status, subject_id AS subject, subject_status FROM (
       SELECT s.id, s.kind, s.status, s.subject_id, COALESCE(p.status, f.status) AS subject_status FROM sagas s
         LEFT JOIN payments p ON s.kind = 'payment' AND p.id = s.subject_id
         LEFT JOIN refunds f ON s.kind IN ('refund', 'part-refund') AND f.id = s.subject_id) ended
      WHERE subject_status IS NULL
         OR CASE status WHEN 'COMPLETED' THEN subject_status NOT IN ('COMPLETED', 'REFUNDED')
                        WHEN 'COMPENSATED' THEN subject_status <> 'FAILED'
                        ELSE subject_status <> 'PENDING' END`,
  ),
  rowsOf(
    'payment',
    `SELECT p.id AS without_saga, 'payment' AS kind, p.status FROM payments p
       LEFT JOIN sagas s ON s.kind = 'payment' AND s.subject_id = p.id WHERE s.id IS NULL
     UNION ALL
     SELECT f.id, 'refund', f.status FROM refunds f LEFT JOIN sagas s ON s.kind IN ('refund', 'part-refund') AND s.subject_id = f.id
      WHERE s.id IS NULL`,
  ),
  rowsOf(
    'payment',
    `SELECT s.id AS saga, s.kind, s.status, t.step, t.outcome FROM sagas s JOIN saga_steps t ON t.saga_id = s.id
      WHERE s.status IN ('COMPLETED', 'COMPENSATED') AND t.outcome = 'begun'`,
  ),
];
