// One step of SGD with momentum, the moving average of a teacher and the squared norm of gradients, over lists of tensors in one pass: what
// bounds them is memory, so each value is read once and written once. A list is taken as one long vector, its tensors end to end,
// so lists that are cut differently fit each other.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#if defined(__AVX512F__) || defined(__AVX__)
#include <immintrin.h>
#endif

#include "op.h"

namespace {
using sed::Tensor;
// Values that a thread takes at a time. Sums are of such parts, in their order, so results do not depend on the threads.
constexpr int64_t kPart = 1 << 16;
// Values computed before they are written: two lines of these stay in the fastest cache.
constexpr int64_t kLine = 1024;

// Tensors end to end.
class List {
 public:
  void add(Tensor tensor) {
    data_.push_back(tensor.floats());
    ends_.push_back(total() + tensor.count());
    tensors_.push_back(std::move(tensor));
  }
  int64_t total() const { return ends_.empty() ? 0 : ends_.back(); }
  const Tensor& operator[](size_t i) const { return tensors_[i]; }
  // The memory from value `at` on, and how many values lie there in one piece.
  std::pair<float*, int64_t> at(int64_t at) const {
    const size_t i = std::upper_bound(ends_.begin(), ends_.end(), at) - ends_.begin();
    const int64_t begin = i == 0 ? 0 : ends_[i - 1];
    return {data_[i] + (at - begin), ends_[i] - at};
  }

 private:
  std::vector<Tensor> tensors_;
  std::vector<float*> data_;
  std::vector<int64_t> ends_;
};

// A list from `offset` values on.
struct Part {
  const List* list;
  int64_t offset;
};

// Calls body(pointers, count) for the pieces of begin..end that lie in one piece in every part. A part without a list is a null pointer.
template <size_t N, class Body>
void ForEachPiece(const std::array<Part, N>& parts, int64_t begin, int64_t end, const Body& body) {
  while (begin < end) {
    std::array<float*, N> pointers{};
    int64_t count = end - begin;
    for (size_t i = 0; i < N; i++) {
      if (parts[i].list == nullptr) continue;
      const auto [pointer, length] = parts[i].list->at(parts[i].offset + begin);
      pointers[i] = pointer;
      count = std::min(count, length);
    }
    body(pointers, count);
    begin += count;
  }
}

// A copy that does not read what it overwrites: plain stores would fetch each line of memory first.
void Write(float* to, const float* from, int64_t count) {
#if defined(__AVX512F__)
  constexpr int64_t kWidth = 16;
#elif defined(__AVX__)
  constexpr int64_t kWidth = 8;
#else
  constexpr int64_t kWidth = 1;
#endif
  int64_t i = 0;
  if (kWidth > 1 && count >= 4 * kWidth) {
    while (reinterpret_cast<uintptr_t>(to + i) % (kWidth * sizeof(float)) != 0) {
      to[i] = from[i];
      i++;
    }
#if defined(__AVX512F__)
    for (; i + kWidth <= count; i += kWidth) _mm512_stream_ps(to + i, _mm512_loadu_ps(from + i));
#elif defined(__AVX__)
    for (; i + kWidth <= count; i += kWidth) _mm256_stream_ps(to + i, _mm256_loadu_ps(from + i));
#endif
  }
  if (i < count) std::memcpy(to + i, from + i, sizeof(float) * (count - i));
}
void WritesDone() {
#if defined(__AVX512F__) || defined(__AVX__)
  _mm_sfence();
#endif
}

List Inputs(sed::Context& context, int first, int count) {
  List list;
  for (int i = 0; i < count; i++) list.add(context.input(first + i));
  return list;
}

struct Numbers {
  float lr, momentum, weight_decay, scale;
};

// g = scale · (g + more) + decay · w; v = momentum · v + g; w -= lr · v. What is null is 0.
template <bool kMore, bool kVelocity>
void Step(const Numbers& k, const float* w, const float* v, const float* g, const float* more, float* next_w, float* next_v, int64_t count) {
  alignas(64) float line_w[kLine], line_v[kLine];
  for (int64_t at = 0; at < count; at += kLine) {
    const int64_t n = std::min(kLine, count - at);
    // products and sums are fused one by one, as written, so that a value does not depend on where it lies
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      const float sum = kMore ? g[at + i] + more[at + i] : g[at + i];
      const float gradient = __builtin_fmaf(k.weight_decay, w[at + i], sum * k.scale);
      const float velocity = kVelocity ? __builtin_fmaf(k.momentum, v[at + i], gradient) : gradient;
      line_v[i] = velocity;
      line_w[i] = __builtin_fmaf(-k.lr, velocity, w[at + i]);
    }
    Write(next_v + at, line_v, n);
    Write(next_w + at, line_w, n);
  }
}

// weights, velocities (or none: they are 0), gradients of `terms` terms one after another, numbers [lr, momentum, decay, scale]
// -> new weights and new velocities, the latter cut as the velocities are, or as the first term of the gradient
class MomentumStep {
 public:
  explicit MomentumStep(sed::Construction& construction)
      : weights_(construction.integer("N")),
        velocities_(construction.integer("M")),
        gradients_(construction.integer("G")),
        made_(construction.integer("K")),
        terms_(construction.integer("terms")) {}
  void run(sed::Context& context) {
    const List w = Inputs(context, 0, weights_), v = Inputs(context, weights_, velocities_);
    const List g = Inputs(context, weights_ + velocities_, gradients_);
    const Tensor numbers = context.input(weights_ + velocities_ + gradients_);
    const int64_t total = w.total();
    const bool moved = velocities_ > 0, more = terms_ == 2;
    if (terms_ < 1 || terms_ > 2 || g.total() != terms_ * total || (moved && v.total() != total) || numbers.count() != 4)
      throw std::runtime_error("SedMomentumStep: weights, velocities and gradients have different numbers of values");
    const Numbers k{numbers.floats()[0], numbers.floats()[1], numbers.floats()[2], numbers.floats()[3]};
    List next_w, next_v;
    for (int i = 0; i < weights_; i++) next_w.add(context.output(i, w[i].shape()));
    for (int i = 0; i < made_; i++) next_v.add(context.output(weights_ + i, (moved ? v : g)[i].shape()));
    if (next_v.total() != total) throw std::runtime_error("SedMomentumStep: K is not the number of velocities");
    const std::array<Part, 6> parts{Part{&w, 0}, Part{moved ? &v : nullptr, 0}, Part{&g, 0},
                                    Part{more ? &g : nullptr, total}, Part{&next_w, 0}, Part{&next_v, 0}};
    const auto step = moved ? (more ? Step<true, true> : Step<false, true>) : (more ? Step<true, false> : Step<false, false>);
    sed::ParallelFor(total, kPart, [&](int64_t begin, int64_t end) {
      ForEachPiece(parts, begin, end, [&](const std::array<float*, 6>& p, int64_t count) {
        step(k, p[0], p[1], p[2], p[3], p[4], p[5], count);
      });
      WritesDone();
    });
  }

 private:
  int32_t weights_, velocities_, gradients_, made_, terms_;
};

// targets, sources, numbers [alpha, 1 - alpha] -> alpha · target + (1 - alpha) · source
class MovingAverage {
 public:
  explicit MovingAverage(sed::Construction& construction) : count_(construction.integer("N")) {}
  void run(sed::Context& context) {
    const List targets = Inputs(context, 0, count_), sources = Inputs(context, count_, count_);
    const Tensor numbers = context.input(2 * count_);
    if (sources.total() != targets.total() || numbers.count() != 2)
      throw std::runtime_error("SedMovingAverage: targets and sources have different numbers of values");
    const float stays = numbers.floats()[0], comes = numbers.floats()[1];
    List next;
    for (int i = 0; i < count_; i++) next.add(context.output(i, targets[i].shape()));
    const std::array<Part, 3> parts{Part{&targets, 0}, Part{&sources, 0}, Part{&next, 0}};
    sed::ParallelFor(targets.total(), kPart, [&](int64_t begin, int64_t end) {
      ForEachPiece(parts, begin, end, [&](const std::array<float*, 3>& p, int64_t count) {
        alignas(64) float line[kLine];
        for (int64_t at = 0; at < count; at += kLine) {
          const int64_t n = std::min(kLine, count - at);
          const float *target = p[0] + at, *source = p[1] + at;
#pragma omp simd
          for (int64_t i = 0; i < n; i++) line[i] = __builtin_fmaf(comes, source[i], stays * target[i]);
          Write(p[2] + at, line, n);
        }
      });
      WritesDone();
    });
  }

 private:
  int32_t count_;
};

// `terms` terms one after another -> Σ (sum of the terms)², a scalar
class SquaredNorm {
 public:
  explicit SquaredNorm(sed::Construction& construction)
      : count_(construction.integer("N")), terms_(construction.integer("terms")) {}
  void run(sed::Context& context) {
    const List values = Inputs(context, 0, count_);
    const Tensor result = context.output(0, {});
    if (terms_ < 1 || terms_ > 2 || values.total() % terms_ != 0)
      throw std::runtime_error("SedSquaredNorm: the terms have different numbers of values");
    const int64_t total = values.total() / terms_, parts = (total + kPart - 1) / kPart;
    const std::array<Part, 2> both{Part{&values, 0}, Part{terms_ == 2 ? &values : nullptr, total}};
    std::vector<double> sums(parts, 0.0);
    sed::ParallelFor(parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; part++) {
        double sum = 0;
        ForEachPiece(both, part * kPart, std::min(total, (part + 1) * kPart), [&](const std::array<float*, 2>& p, int64_t count) {
          sum += p[1] ? Squares<true>(p[0], p[1], count) : Squares<false>(p[0], p[1], count);
        });
        sums[part] = sum;
      }
    });
    double sum = 0;
    for (const double part : sums) sum += part;
    result.floats()[0] = static_cast<float>(sum);
  }

 private:
  template <bool kBoth>
  static double Squares(const float* a, const float* b, int64_t count) {
    constexpr int kLanes = 16;
    double lanes[kLanes] = {};
    const int64_t whole = count / kLanes * kLanes;
    for (int64_t i = 0; i < whole; i += kLanes) {
#pragma omp simd
      for (int j = 0; j < kLanes; j++) {
        const double value = kBoth ? a[i + j] + b[i + j] : a[i + j];
        lanes[j] = __builtin_fma(value, value, lanes[j]);
      }
    }
    double sum = 0;
    for (int64_t i = whole; i < count; i++) {
      const double value = kBoth ? a[i] + b[i] : a[i];
      sum = __builtin_fma(value, value, sum);
    }
    for (const double lane : lanes) sum += lane;
    return sum;
  }
  int32_t count_, terms_;
};
}  // namespace

void RegisterUpdates() {
  sed::Register<MomentumStep>("SedMomentumStep",
                              {"weights: N * float", "velocities: M * float", "gradients: G * float", "numbers: float"},
                              {"next_weights: N * float", "next_velocities: K * float"},
                              {"N: int >= 1", "M: int >= 0", "G: int >= 1", "K: int >= 1", "terms: int"});
  sed::Register<MovingAverage>("SedMovingAverage", {"targets: N * float", "sources: N * float", "numbers: float"},
                               {"next: N * float"}, {"N: int >= 1"});
  sed::Register<SquaredNorm>("SedSquaredNorm", {"values: N * float"}, {"y: float"}, {"N: int >= 1", "terms: int"});
}
