// `SedConvolution` and its two gradients, and the same for a filter that all levels of a pyramid share: `SedLevelsConvolution`. Most 3x3
// convolutions go by winograd.h, the others by direct.h.
#include <algorithm>
#include <vector>

#include "direct.h"
#include "op.h"
#include "parallel.h"
#include "winograd.h"

namespace {
using sed::Activation;
using sed::ConvolutionShape;
using sed::Tensor;
using sed::WinogradLayer;
using Part = sed::ConvolutionPart;

// Values that are worth a thread of their own.
constexpr int64_t kMany = 1 << 16;

float* OrNull(const Tensor& tensor) { return tensor.count() > 0 ? tensor.floats() : nullptr; }

// Whether Winograd's formulas are for filters like this.
bool HasFormula(const ConvolutionShape& s) {
  const bool small = std::all_of(s.padding, s.padding + 4, [](int32_t side) { return side <= 2; });
  return s.kh == 3 && s.kw == 3 && s.strides[0] == 1 && s.strides[1] == 1 && small;
}

class Convolution {
 public:
  explicit Convolution(sed::Construction& c) : activation_(c.activation()) {
    c.ints("strides", strides_, 2);
    c.ints("padding", padding_, 4);
  }

 protected:
  ConvolutionShape shape(const std::vector<int64_t>& x, const std::vector<int64_t>& f, const std::vector<int64_t>& y) const {
    return {x[0],   x[1], x[2], x[3], y[1],
            y[2],   y[3], f[0], f[1], {strides_[0], strides_[1]},
            {padding_[0], padding_[1], padding_[2], padding_[3]}};
  }
  // The layer for Winograd's way, where that is faster; without maps where it is not.
  WinogradLayer winograd(Part part, const ConvolutionShape& s, const float* x, const float* y) const {
    if (!HasFormula(s)) return {};
    WinogradLayer layer{{}, s.i, s.o, padding_[0], padding_[2]};
    layer.maps.push_back({const_cast<float*>(x), const_cast<float*>(y), s.b, s.h, s.w, s.oh, s.ow});
    return sed::WinogradPays(part, layer) ? layer : WinogradLayer{};
  }

  Activation activation_;
  int32_t strides_[2] = {1, 1}, padding_[4] = {0, 0, 0, 0};  // top bottom left right
};

class Forward : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), filter = context.input(1), scale = context.input(2), bias = context.input(3);
    const auto in = x.shape(), f = filter.shape();
    const std::vector<int64_t> out = {in[0], (in[1] + padding_[0] + padding_[1] - f[0]) / strides_[0] + 1,
                                      (in[2] + padding_[2] + padding_[3] - f[1]) / strides_[1] + 1, f[3]};
    const Tensor y = context.output(0, out);
    const ConvolutionShape s = shape(in, f, out);
    if (const auto layer = winograd(Part::kForward, s, x.floats(), y.floats()); !layer.maps.empty())
      sed::WinogradForward(layer, filter.floats(), OrNull(scale), OrNull(bias), activation_);
    else
      sed::DirectForward(s, x.floats(), filter.floats(), OrNull(scale), OrNull(bias), activation_, y.floats());
  }
};

class InputGradient : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), filter = context.input(1), scale = context.input(2), sizes = context.input(3);
    const std::vector<int64_t> in(sizes.ints(), sizes.ints() + 4);
    const Tensor dx = context.output(0, in);
    const ConvolutionShape s = shape(in, filter.shape(), dy.shape());
    if (const auto layer = winograd(Part::kInputGradient, s, dx.floats(), dy.floats()); !layer.maps.empty())
      sed::WinogradInputGradient(layer, filter.floats(), OrNull(scale));
    else
      sed::DirectInputGradient(s, dy.floats(), filter.floats(), OrNull(scale), dx.floats());
  }
};

class FilterGradient : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), dy = context.input(1), sizes = context.input(2);
    const std::vector<int64_t> f(sizes.ints(), sizes.ints() + 4);
    const Tensor df = context.output(0, f);
    const ConvolutionShape s = shape(x.shape(), f, dy.shape());
    if (const auto layer = winograd(Part::kFilterGradient, s, x.floats(), dy.floats()); !layer.maps.empty())
      sed::WinogradFilterGradient(layer, df.floats());
    else
      sed::DirectFilterGradient(s, x.floats(), dy.floats(), df.floats());
  }
};

// The rows of all levels one after the other, [N, channels]; each level has `batch x height x width` of them. The filter is odd, the stride 1
// and the padding such that every level keeps its size.
class LevelsConvolution {
 public:
  explicit LevelsConvolution(sed::Construction& c) : activation_(c.activation()) {
    levels_.resize(c.length("levels"));
    c.ints("levels", levels_.data(), static_cast<int>(levels_.size()));
    c.ints("filter", filter_, 4);
  }

 protected:
  void plan(const Tensor& x, const Tensor& y, const std::vector<int64_t>& f) {
    const int64_t inputs = f[2], outputs = f[3];
    const int32_t up = static_cast<int32_t>(f[0] / 2), left = static_cast<int32_t>(f[1] / 2);
    parts_.clear();
    layer_ = {{}, inputs, outputs, up, left};
    int64_t row = 0;
    for (size_t l = 0; l + 2 < levels_.size(); l += 3) {
      const int64_t b = levels_[l], h = levels_[l + 1], w = levels_[l + 2];
      float* from = x.floats() + row * inputs;
      float* to = y.floats() + row * outputs;
      parts_.push_back({{b, h, w, inputs, h, w, outputs, f[0], f[1], {1, 1}, {up, up, left, left}}, from, to});
      layer_.maps.push_back({from, to, b, h, w, h, w});
      row += b * h * w;
    }
    if (x.count() != row * inputs || y.count() != row * outputs)
      throw std::runtime_error("SedLevelsConvolution: the levels have not as many rows as the tensors");
    // without neighbors it is one image
    if (f[0] == 1 && f[1] == 1 && parts_.size() > 1)
      parts_ = {{{1, 1, row, inputs, 1, row, outputs, 1, 1, {1, 1}, {0, 0, 0, 0}}, x.floats(), y.floats()}};
  }
  bool by_winograd(Part part) const {
    return !parts_.empty() && HasFormula(parts_[0].shape) && sed::WinogradPays(part, layer_);
  }
  int64_t rows() const {
    int64_t rows = 0;
    for (size_t l = 0; l + 2 < levels_.size(); l += 3) rows += int64_t{levels_[l]} * levels_[l + 1] * levels_[l + 2];
    return rows;
  }

  struct Level {
    ConvolutionShape shape;
    float* x;
    float* y;
  };
  Activation activation_;
  std::vector<int32_t> levels_;
  int32_t filter_[4] = {0, 0, 0, 0};
  std::vector<Level> parts_;
  WinogradLayer layer_;
};

class LevelsForward : LevelsConvolution {
 public:
  using LevelsConvolution::LevelsConvolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), filter = context.input(1), bias = context.input(2);
    const auto f = filter.shape();
    const Tensor y = context.output(0, {rows(), f[3]});
    plan(x, y, f);
    if (by_winograd(Part::kForward)) {
      sed::WinogradForward(layer_, filter.floats(), nullptr, OrNull(bias), activation_);
      return;
    }
    for (const Level& level : parts_)
      sed::DirectForward(level.shape, level.x, filter.floats(), nullptr, OrNull(bias), activation_, level.y);
  }
};

class LevelsInputGradient : LevelsConvolution {
 public:
  using LevelsConvolution::LevelsConvolution;
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), filter = context.input(1);
    const auto f = filter.shape();
    const Tensor dx = context.output(0, {rows(), f[2]});
    plan(dx, dy, f);
    if (by_winograd(Part::kInputGradient)) {
      sed::WinogradInputGradient(layer_, filter.floats(), nullptr);
      return;
    }
    for (const Level& level : parts_) sed::DirectInputGradient(level.shape, level.y, filter.floats(), nullptr, level.x);
  }
};

class LevelsFilterGradient : LevelsConvolution {
 public:
  using LevelsConvolution::LevelsConvolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), dy = context.input(1);
    const std::vector<int64_t> f(filter_, filter_ + 4);
    const Tensor df = context.output(0, f);
    plan(x, dy, f);
    if (by_winograd(Part::kFilterGradient)) {
      sed::WinogradFilterGradient(layer_, df.floats());
      return;
    }
    static sed::Workspace workspace;
    float* sum = df.floats();
    for (size_t l = 0; l < parts_.size(); l++) {
      const Level& level = parts_[l];
      if (l == 0) {
        sed::DirectFilterGradient(level.shape, level.x, level.y, sum);
        continue;
      }
      float* term = workspace.floats(df.count());
      sed::DirectFilterGradient(level.shape, level.x, level.y, term);
      sed::ParallelFor(df.count(), kMany, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; k++) sum[k] += term[k];
      });
    }
  }
};
}  // namespace

void RegisterConvolutions() {
  // An absent scale or bias is a tensor without values.
  const auto attributes = {"strides: list(int)", "padding: list(int)", "activation: string"};
  sed::Register<Forward>("SedConvolution", {"x: float", "filter: float", "scale: float", "bias: float"}, {"y: float"},
                         attributes);
  sed::Register<InputGradient>("SedConvolutionInputGradient",
                               {"dy: float", "filter: float", "scale: float", "sizes: int32"}, {"dx: float"}, attributes);
  sed::Register<FilterGradient>("SedConvolutionFilterGradient", {"x: float", "dy: float", "sizes: int32"}, {"df: float"},
                                attributes);
  const auto shared = {"levels: list(int)", "filter: list(int)", "activation: string"};
  sed::Register<LevelsForward>("SedLevelsConvolution", {"x: float", "kernel: float", "bias: float"}, {"y: float"}, shared);
  sed::Register<LevelsInputGradient>("SedLevelsConvolutionInputGradient", {"dy: float", "kernel: float"}, {"dx: float"}, shared);
  sed::Register<LevelsFilterGradient>("SedLevelsConvolutionFilterGradient", {"x: float", "dy: float"}, {"df: float"}, shared);
}
