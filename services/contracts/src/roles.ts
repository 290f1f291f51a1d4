/** What an account may be: who buys, who publishes concerts, who runs the shop. */
export const roles = ['fan', 'organiser', 'operator'] as const;

export type Role = (typeof roles)[number];

export function isRole(name: string): name is Role {
  return roles.some((role) => role === name);
}
