// `SedFocalLoss`: the sigmoid focal loss (Lin et al. 2017) of rows of logits, weighted and summed, and its gradient, in one pass where a
// chain of ops takes twenty over tensors of all anchors and classes.
#include <algorithm>
#include <cmath>

#include "op.h"
#include "parallel.h"

namespace {
using sed::Tensor;

constexpr int kLanes = 16;
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t Integers __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
// Values that are worth a thread of their own.
constexpr int64_t kMany = 1 << 13;

inline Vector All(float value) { return Vector{} + value; }
inline Vector Pick(Integers which, Vector a, Vector b) { return which ? a : b; }

// e^-a for a of 0 or more, within two units in the last place; 0 from 87 on.
inline Vector ExpOfMinus(Vector a) {
  const Integers small = a > All(87.f);
  const Vector x = -Pick(small, All(0.f), a);
  const Integers n = __builtin_convertvector(x * 1.44269504f - 0.5f, Integers);  // towards zero: to the nearest, for x below 0
  const Vector whole = __builtin_convertvector(n, Vector);
  const Vector r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;  // ln 2 in two parts
  Vector p = All(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  const Integers power = (n + 127) << 23;
  Vector scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  const Vector e = Pick(small, All(0.f), p * scale);
  return Pick(a == a, e, a);  // what is not a number stays so
}

// ln(1 + e) for e of 0 to 1, exact for small ones too: 2 artanh(e / (2 + e)).
inline Vector LogOfOneAnd(Vector e) {
  const Vector s = e / (e + 2.f), q = s * s;
  Vector p = All(1.f / 15);
  p = p * q + 1.f / 13;
  p = p * q + 1.f / 11;
  p = p * q + 1.f / 9;
  p = p * q + 1.f / 7;
  p = p * q + 1.f / 5;
  p = p * q + 1.f / 3;
  p = p * q + 1.f;
  return 2.f * s * p;
}

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
    float sum = 0;
    for (int64_t first = 0; first < classes; first += kLanes) {
      const int64_t count = std::min<int64_t>(kLanes, classes - first);
      Vector x = {}, alpha = All(alpha_ < 0 ? 1.f : 1.f - alpha_), sign = All(1.f);
      __builtin_memcpy(&x, logits + first, count * sizeof(float));
      if (label >= first && label < first + count) {
        sign[label - first] = -1.f;
        if (alpha_ >= 0) alpha[label - first] = alpha_;
      }
      // With z = x for a negative and -x for a positive: 1 - p_t = σ(z) and -ln p_t = softplus(z).
      const Vector z = x * sign, zero = {};
      const Vector e = ExpOfMinus(z < zero ? -z : z), over = 1.f / (1.f + e);
      const Vector wrong = Pick(z < zero, e * over, over), right = Pick(z < zero, over, e * over);
      const Vector entropy = Pick(z < zero, zero, z) + LogOfOneAnd(e);
      const Vector focus = power(wrong);
      const Vector value = alpha * focus * entropy;
      // d/dz σ^γ softplus = σ^γ (γ (1 - σ) softplus + σ)
      const Vector slope = alpha * sign * focus * (gamma_ * right * entropy + wrong) * weight;
      __builtin_memcpy(gradient + first, &slope, count * sizeof(float));
      for (int64_t i = 0; i < count; i++) sum += value[i];
    }
    return sum;
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
