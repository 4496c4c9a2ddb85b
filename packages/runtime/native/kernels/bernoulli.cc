// `SedCompareBernoulli`: what the consistency losses ask of two matrices of logits, in one pass.
#include <algorithm>

#include "logistic.h"
#include "op.h"
#include "parallel.h"

namespace {
using sed::Tensor;
using namespace sed::logistic;

// Values that are worth a thread of their own.
constexpr int64_t kMany = 1 << 13;

class CompareBernoulli {
 public:
  explicit CompareBernoulli(sed::Construction&) {}
  void run(sed::Context& context) {
    const Tensor target = context.input(0), source = context.input(1);
    const auto shape = target.shape();
    const int64_t rows = shape[0], classes = shape[1];
    const Tensor difference = context.output(0, shape), lengths = context.output(1, {rows}),
                 directed = context.output(2, {rows}), symmetric = context.output(3, {rows});
    sed::ParallelFor(rows, std::max<int64_t>(1, kMany / std::max<int64_t>(1, classes)), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        Vector length = {}, one = {}, both = {};
        for (int64_t first = 0; first < classes; first += kLanes) {
          const int64_t at = row * classes + first, count = std::min<int64_t>(kLanes, classes - first);
          // Lanes that are not in use have equal logits, which add nothing.
          const Vector t = Load(target.floats() + at, count), s = Load(source.floats() + at, count);
          const Logistic p(t), q(s);
          const Vector d = q.sigmoid - p.sigmoid;
          Store(difference.floats() + at, d, count);
          length += Pick(d < Vector{}, -d, d);
          one += p.sigmoid * (t - s) + (q.softplus - p.softplus);
          both += d * (s - t);
        }
        const float divergence = Total(one);
        lengths.floats()[row] = Total(length);
        directed.floats()[row] = divergence < 0.f ? 0.f : divergence;  // what rounding leaves below zero is no information
        symmetric.floats()[row] = Total(both);
      }
    });
  }
};
}  // namespace

void RegisterBernoulli() {
  sed::Register<CompareBernoulli>("SedCompareBernoulli", {"target: float", "source: float"},
                                  {"difference: float", "lengths: float", "directed: float", "symmetric: float"}, {});
}
