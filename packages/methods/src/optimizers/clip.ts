/** The factor that takes a gradient of norm `norm` to at most `limit`, as torch's `clip_grad_norm_` computes it. */
export function clipFactor(norm: number, limit: number | null): number {
  return limit === null ? 1 : Math.min(1, limit / (norm + 1e-6));
}
