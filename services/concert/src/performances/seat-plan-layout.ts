import { type Refusal, refuse } from '@ticketing/common/refusal';
import { countPlan, findPlanProblems, type PlanFigures, type SeatPlan, seatPlan } from '@ticketing/contracts/seat-plan';

export interface PlanLayout extends PlanFigures {
  plan: SeatPlan;
}

/** A plan in numbers, or the refusal `invalid-layout` with what is wrong. @param planJson as the gateway has checked it */
export function readPlan(planJson: string): PlanLayout | Refusal {
  const parsed = seatPlan.safeParse(JSON.parse(planJson.normalize('NFC')));
  if (!parsed.success) return refused(parsed.error.issues.slice(0, 20));
  const problems = findPlanProblems(parsed.data);
  return problems.length > 0 ? refused(problems) : { plan: parsed.data, ...countPlan(parsed.data) };
}

function refused(problems: { path: PropertyKey[]; message: string }[]): Refusal {
  return refuse('invalid-layout', problems.map(({ path, message }) => `${['plan', ...path].join('.')}: ${message}`).join('; '));
}

/** What the audit says of a plan, which may be long. */
export function outlinePlan({ plan, totalSeats }: PlanLayout): Record<string, unknown> {
  return {
    totalSeats,
    categories: plan.categories.map(({ name, price }) => ({ name, price })),
    sections: plan.sections.map(({ name }) => name),
  };
}
