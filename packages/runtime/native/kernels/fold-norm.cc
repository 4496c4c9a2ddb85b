// Batch norms in eval mode, y = (x - μ) γ / √(σ² + ε) + β, as a factor and a summand of the convolution before: `SedNormAffine`,
// `SedFoldNorm` with the factor in the filter, and the latter's gradient. They are hundreds of small tensors a step, so a norm is one op.
#include <algorithm>
#include <cmath>

#include "op.h"
#include "parallel.h"

namespace {
using sed::Tensor;

// Channels that are worth a thread of their own, and values.
constexpr int64_t kChannels = 64;
constexpr int64_t kMany = 1 << 15;

class Norm {
 public:
  explicit Norm(sed::Construction& c) : epsilon_(c.real("epsilon")) {}

 protected:
  float inverse(const Tensor& variance, int64_t c) const { return 1.f / std::sqrt(variance.floats()[c] + epsilon_); }

 private:
  float epsilon_;
};

class Affine : Norm {
 public:
  using Norm::Norm;
  void run(sed::Context& context) {
    const Tensor gamma = context.input(0), beta = context.input(1), mean = context.input(2), variance = context.input(3);
    const Tensor scale = context.output(0, gamma.shape()), bias = context.output(1, gamma.shape());
    for (int64_t c = 0; c < gamma.count(); c++) {
      const float factor = gamma.floats()[c] * inverse(variance, c);
      scale.floats()[c] = factor;
      bias.floats()[c] = beta.floats()[c] - mean.floats()[c] * factor;
    }
  }
};

// The channels are the filter's last axis, of a depthwise one the last but one before an axis of 1: in memory that is the same.
class Fold : Norm {
 public:
  using Norm::Norm;
  void run(sed::Context& context) {
    const Tensor filter = context.input(0), gamma = context.input(1), beta = context.input(2), mean = context.input(3),
                 variance = context.input(4);
    const Tensor folded = context.output(0, filter.shape()), bias = context.output(1, gamma.shape());
    const int64_t channels = gamma.count(), rows = channels > 0 ? filter.count() / channels : 0;
    static sed::Workspace workspace;
    float* factors = workspace.floats(channels + 1);
    for (int64_t c = 0; c < channels; c++) {
      factors[c] = gamma.floats()[c] * inverse(variance, c);
      bias.floats()[c] = beta.floats()[c] - mean.floats()[c] * factors[c];
    }
    const float* from = filter.floats();
    float* to = folded.floats();
    sed::ParallelFor(rows, std::max<int64_t>(1, kMany / std::max<int64_t>(1, channels)), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
#pragma omp simd
        for (int64_t c = 0; c < channels; c++) to[row * channels + c] = from[row * channels + c] * factors[c];
      }
    });
  }
};

// With s = γ / √(σ² + ε): dfilter = dfolded · s, ds = Σ dfolded · filter - dbias · μ, dγ = ds / √(σ² + ε). That of β is dbias.
class FoldGradient : Norm {
 public:
  using Norm::Norm;
  void run(sed::Context& context) {
    const Tensor dfolded = context.input(0), dbias = context.input(1), filter = context.input(2), gamma = context.input(3),
                 mean = context.input(4), variance = context.input(5);
    const Tensor dfilter = context.output(0, filter.shape()), dgamma = context.output(1, gamma.shape());
    const int64_t channels = gamma.count(), rows = channels > 0 ? filter.count() / channels : 0;
    const int64_t pieces = (channels + kChannels - 1) / kChannels;
    // A channel is summed in one order, whoever does it.
    sed::ParallelFor(pieces, std::max<int64_t>(1, kMany / std::max<int64_t>(1, kChannels * rows)), [&](int64_t begin, int64_t end) {
      for (int64_t piece = begin; piece < end; piece++) {
        const int64_t first = piece * kChannels, count = std::min(kChannels, channels - first);
        float factors[kChannels], sums[kChannels];
        for (int64_t c = 0; c < count; c++) {
          factors[c] = gamma.floats()[first + c] * inverse(variance, first + c);
          sums[c] = 0.f;
        }
        for (int64_t row = 0; row < rows; row++) {
          const float *from = dfolded.floats() + row * channels + first, *weights = filter.floats() + row * channels + first;
          float* to = dfilter.floats() + row * channels + first;
#pragma omp simd
          for (int64_t c = 0; c < count; c++) {
            to[c] = from[c] * factors[c];
            sums[c] += from[c] * weights[c];
          }
        }
        for (int64_t c = 0; c < count; c++)
          dgamma.floats()[first + c] =
              (sums[c] - dbias.floats()[first + c] * mean.floats()[first + c]) * inverse(variance, first + c);
      }
    });
  }
};
}  // namespace

void RegisterFoldNorm() {
  sed::Register<Affine>("SedNormAffine", {"gamma: float", "beta: float", "mean: float", "variance: float"},
                        {"scale: float", "bias: float"}, {"epsilon: float"});
  sed::Register<Fold>("SedFoldNorm", {"filter: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
                      {"folded: float", "bias: float"}, {"epsilon: float"});
  sed::Register<FoldGradient>(
      "SedFoldNormGradient",
      {"dfolded: float", "dbias: float", "filter: float", "gamma: float", "mean: float", "variance: float"},
      {"dfilter: float", "dgamma: float"}, {"epsilon: float"});
}
