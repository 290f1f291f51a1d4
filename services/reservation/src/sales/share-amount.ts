/**
 * Shares an amount out by weights, in whole KRW: the shares add up to the amount, and each differs from its exact part by less than one.
 * Equal shares where all weights are 0.
 */
export function shareAmount(amount: number, weights: number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0)
    return weights.length === 0
      ? []
      : shareAmount(
          amount,
          weights.map(() => 1),
        );
  let [weighed, given] = [0, 0];
  return weights.map((weight) => {
    weighed += weight;
    // Exact: amounts and prices together are larger than a double holds.
    const upToHere = Number((BigInt(amount) * BigInt(weighed)) / BigInt(total));
    const share = upToHere - given;
    given = upToHere;
    return share;
  });
}
