// `SedFocalLoss`: the sigmoid focal loss (Lin et al. 2017) of rows of logits, weighted and summed, and its gradient, in one pass where a
// chain of ops takes twenty over tensors of all anchors and classes.
#include <algorithm>
#include <cmath>

#include "logistic.h"
#include "op.h"
#include "parallel.h"

namespace {
using sed::Tensor;
using namespace sed::logistic;

// Values that are worth a thread of their own.
constexpr int64_t kMany = 1 << 13;

class FocalLoss {
 public:
  explicit FocalLoss(sed::Construction& c) : alpha_(c.real("alpha")), gamma_(c.real("gamma")) {}
  void run(sed::Context& context) {
    const Tensor logits = context.input(0), labels = context.input(1), weights = context.input(2);
    const auto shape = logits.shape();
    const Tensor loss = context.output(0, {}), gradient = context.output(1, shape);
    const int64_t rows = shape[0], classes = shape[1];
    static sed::Workspace workspace;
    float* sums = workspace.floats(rows + 1);
    sed::ParallelFor(rows, std::max<int64_t>(1, kMany / std::max<int64_t>(1, classes)), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        sums[row] = of(logits.floats() + row * classes, classes, labels.ints()[row], weights.floats()[row],
                       gradient.floats() + row * classes);
    });
    double sum = 0;
    for (int64_t row = 0; row < rows; row++) sum += static_cast<double>(sums[row]) * weights.floats()[row];
    *loss.floats() = static_cast<float>(sum);
  }

 private:
  // The loss of a row, and its gradient times the row's weight.
  float of(const float* logits, int64_t classes, int32_t label, float weight, float* gradient) const {
    Vector sum = {};
    float rest = 0;  // of lanes that fill no vector
    for (int64_t first = 0; first < classes; first += kLanes) {
      const int64_t count = std::min<int64_t>(kLanes, classes - first);
      Vector alpha = All(alpha_ < 0 ? 1.f : 1.f - alpha_), sign = All(1.f);
      if (label >= first && label < first + count) {
        sign[label - first] = -1.f;
        if (alpha_ >= 0) alpha[label - first] = alpha_;
      }
      // With z = x for a negative and -x for a positive: 1 - p_t = σ(z) and -ln p_t = softplus(z).
      const Logistic of(Load(logits + first, count) * sign);
      const Vector wrong = of.sigmoid, right = of.complement, entropy = of.softplus;
      const Vector focus = power(wrong);
      const Vector value = alpha * focus * entropy;
      // d/dz σ^γ softplus = σ^γ (γ (1 - σ) softplus + σ)
      const Vector slope = alpha * sign * focus * (gamma_ * right * entropy + wrong) * weight;
      Store(gradient + first, slope, count);
      if (count < kLanes)
        for (int64_t i = 0; i < count; i++) rest += value[i];
      else
        sum += value;
    }
    return Total(sum) + rest;
  }

  Vector power(Vector x) const {
    if (gamma_ == 2.f) return x * x;
    if (gamma_ == 0.f) return All(1.f);
    for (int i = 0; i < kLanes; i++) x[i] = std::pow(x[i], gamma_);
    return x;
  }

  float alpha_, gamma_;
};
}  // namespace

void RegisterFocalLoss() {
  sed::Register<FocalLoss>("SedFocalLoss", {"logits: float", "labels: int32", "weights: float"},
                           {"loss: float", "gradient: float"}, {"alpha: float", "gamma: float"});
}
