// What stands between the convolutions of a backward pass, in one pass over the tensors each: `SedBiasActivationGradient` (the gradient
// before an activation, and with it that of the bias), `SedBiasGradient`, `SedAddRelu` and its gradient.
#include <algorithm>

#include "op.h"
#include "parallel.h"

namespace {
using sed::Tensor;

// Values that are worth a thread of their own.
constexpr int64_t kMany = 1 << 14;
// Rows that are summed in one go: longer sums of small terms lose digits.
constexpr int64_t kRows = 64;

// Rows cut into parts with sums of their own, which are added up in the end: which ones depends on the shape and the number of threads.
struct Cut {
  int64_t rows, channels, parts;
  Cut(int64_t count, int64_t channels) : rows(channels > 0 ? count / channels : 0), channels(channels) {
    parts = std::clamp<int64_t>(count / kMany, 1, 4 * sed::Threads());
    parts = std::max<int64_t>(1, std::min(parts, rows));
  }
  int64_t begin(int64_t part) const { return rows * part / parts; }
};

// sums[c] = Σ_rows of what `body(row, line)` adds to line[c]. `line` is as long as a row.
template <class Body>
void SumRows(const Cut& cut, float* sums, const Body& body) {
  static sed::Workspace workspace;
  const int64_t channels = cut.channels;
  float* own = workspace.floats(2 * cut.parts * channels + 1);
  sed::ParallelFor(cut.parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      float *total = own + 2 * part * channels, *line = total + channels;
      std::fill(total, total + channels, 0.f);
      for (int64_t row = cut.begin(part); row < cut.begin(part + 1);) {
        const int64_t end = std::min(row + kRows, cut.begin(part + 1));
        std::fill(line, line + channels, 0.f);
        for (; row < end; row++) body(row, line);
#pragma omp simd
        for (int64_t c = 0; c < channels; c++) total[c] += line[c];
      }
    }
  });
  for (int64_t c = 0; c < channels; c++) {
    float sum = own[c];
    for (int64_t part = 1; part < cut.parts; part++) sum += own[2 * part * channels + c];
    sums[c] = sum;
  }
}

// The highest value at which the activation is still open.
constexpr float kOpen = 3e38f;

class BiasActivationGradient {
 public:
  explicit BiasActivationGradient(sed::Construction& c) : top_(c.text("activation") == "relu6" ? 6.f : kOpen) {}
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), y = context.input(1);
    const auto shape = dy.shape();
    const Tensor dz = context.output(0, shape), db = context.output(1, {shape.back()});
    const Cut cut(dy.count(), shape.back());
    const float top = top_, *gradient = dy.floats(), *value = y.floats();
    float* result = dz.floats();
    SumRows(cut, db.floats(), [&](int64_t row, float* line) {
      const int64_t at = row * cut.channels;
#pragma omp simd
      for (int64_t c = 0; c < cut.channels; c++) {
        // No branch and no short cut, or the compiler takes one value at a time.
        const float v = value[at + c], d = gradient[at + c], g = (v > 0.f) & (v < top) ? d : 0.f;
        result[at + c] = g;
        line[c] += g;
      }
    });
  }

 private:
  float top_;
};

class BiasGradient {
 public:
  explicit BiasGradient(sed::Construction&) {}
  void run(sed::Context& context) {
    const Tensor dy = context.input(0);
    const int64_t channels = dy.shape().back();
    const Tensor db = context.output(0, {channels});
    const float* gradient = dy.floats();
    SumRows(Cut(dy.count(), channels), db.floats(), [&](int64_t row, float* line) {
#pragma omp simd
      for (int64_t c = 0; c < channels; c++) line[c] += gradient[row * channels + c];
    });
  }
};

class AddRelu {
 public:
  explicit AddRelu(sed::Construction&) {}
  void run(sed::Context& context) {
    const Tensor a = context.input(0), b = context.input(1);
    const Tensor y = context.output(0, a.shape());
    const float *left = a.floats(), *right = b.floats();
    float* sum = y.floats();
    sed::ParallelFor(a.count(), kMany, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        const float s = left[i] + right[i];
        sum[i] = s < 0.f ? 0.f : s;
      }
    });
  }
};
}  // namespace

void RegisterActivations() {
  sed::Register<BiasActivationGradient>("SedBiasActivationGradient", {"dy: float", "y: float"}, {"dz: float", "db: float"},
                                        {"activation: string"});
  sed::Register<BiasGradient>("SedBiasGradient", {"dy: float"}, {"db: float"}, {});
  sed::Register<AddRelu>("SedAddRelu", {"a: float", "b: float"}, {"y: float"}, {});
}
