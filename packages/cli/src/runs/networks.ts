/** The networks that a run keeps, and what people call them. */

/** Moved by an optimizer, the moving average of another network, or a copy that stays as it is. */
export type NetworkRole = 'trained' | 'averaged' | 'frozen';

export interface Network {
  /** As `metrics.jsonl` and the checkpoints have it. */
  readonly name: string;
  readonly role: NetworkRole;
}

/** Those of runs that do not say what they keep. */
const OF_OLDER_RUNS: readonly Network[] = [
  { name: 'student', role: 'trained' },
  { name: 'teacher', role: 'averaged' },
];

const ROLES: readonly unknown[] = ['trained', 'averaged', 'frozen'] satisfies readonly NetworkRole[];

/**
 * The networks of a run, the averaged ones first, otherwise in the run's order.
 * @param stated `networks` of the run's start; whatever a file may have there. Of older runs it is absent
 * @param seen names that the run's evaluations have; one that is not stated is taken for a trained network
 */
export function networksOf(stated: unknown, seen: Iterable<string>): Network[] {
  const known = new Map((statedNetworks(stated) ?? OF_OLDER_RUNS).map((network) => [network.name, network]));
  for (const name of seen) if (!known.has(name)) known.set(name, { name, role: 'trained' });
  const rank = ({ role }: Network) => (role === 'averaged' ? 0 : 1);
  return [...known.values()].sort((a, b) => rank(a) - rank(b));
}

function statedNetworks(value: unknown): Network[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const networks = value.filter(
    (one: unknown): one is Network =>
      typeof one === 'object' &&
      one !== null &&
      typeof (one as Partial<Network>).name === 'string' &&
      ROLES.includes((one as Partial<Network>).role),
  );
  return networks.length === 0 ? undefined : networks;
}

/** The method that others are compared with: labeled images alone. */
export const BASELINE = 'supervised';

/** Where the averaged weights teach nobody, `student` and `teacher` would mislead. */
const OF_BASELINE: Readonly<Partial<Record<NetworkRole, string>>> = { trained: 'raw', averaged: 'EMA' };

/** What a network is called in sentences and tables: its name, except in the baseline. */
export function networkLabel(network: Network, method: string, all: readonly Network[]): string {
  const only = all.filter(({ role }) => role === network.role).length === 1;
  return (method === BASELINE && only ? OF_BASELINE[network.role] : undefined) ?? network.name;
}

/** What a method is called in sentences. */
export function methodLabel(kind: string): string {
  return kind === 'sed' ? 'SED' : kind;
}
