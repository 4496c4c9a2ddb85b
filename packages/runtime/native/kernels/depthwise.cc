// Depthwise convolution and its gradients: `SedDepthwiseConvolution`, `SedDepthwiseConvolutionInputGradient`,
// `SedDepthwiseConvolutionFilterGradient`. oneDNN has fast kernels for some of its shapes and a plain loop for the others (the filter's
// gradient of 12x12x1152, 5x5: 7 GFLOP/s).
//
// All three work on a few channels at a time, of which the pixels that are needed are first copied next to each other, with zeros around
// them: so the loops have no borders, and what they read lies in the cache. A vector holds neighboring channels, so nothing is summed
// across one. What is summed in which order depends on the shape and on the number of threads alone.
#include <algorithm>
#include <cstring>

#include "op.h"
#include "parallel.h"

namespace {
using sed::Activation;
using sed::Tensor;

constexpr int kLanes = 16;
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
// Channels of one piece of work, copied in one go: four cache lines a pixel.
constexpr int kChannels = 64;
// Positions of a row that are computed together, so that a weight is read once for all.
constexpr int kTile = 8;
// Floats of copied pixels that stay in the second cache.
constexpr int64_t kNear = 1 << 16;
// Taps of a row of the filter that are summed together.
constexpr int kTaps = 7;

struct Geometry {
  int64_t batch, height, width, channels, rows, columns, kh, kw;  // x [batch,height,width,channels], y [batch,rows,columns,channels]
  int64_t sy, sx, top, left;
};

// Channels of a piece of work, `lanes` of them with those that fill the last vector.
struct Channels {
  int64_t first, count, lanes;
};
int64_t Pieces(int64_t channels) { return (channels + kChannels - 1) / kChannels; }
Channels Piece(int64_t channels, int64_t index) {
  const int64_t first = index * kChannels, count = std::min<int64_t>(kChannels, channels - first);
  return {first, count, (count + kLanes - 1) / kLanes * kLanes};
}

// Memory of the calling thread. Some loops read a vector behind what they use.
float* Own(int which, size_t count) {
  thread_local sed::Workspace workspaces[3];
  return workspaces[which].floats(count + kLanes);
}

inline Vector Load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
inline void Store(float* to, Vector values) { *reinterpret_cast<Vector*>(to) = values; }

void CopyPixel(float* to, const float* from, const Channels& c) {
  if (c.count == kChannels) {
    std::memcpy(to, from, kChannels * sizeof(float));
    return;
  }
  std::memcpy(to, from, c.count * sizeof(float));
  std::fill(to + c.count, to + c.lanes, 0.f);
}

// Copies rows `row`.. of one image and columns `column`.., zeros where there are none, to `to [rows][columns][lanes]`.
void CopyGrid(float* to, const float* image, int64_t height, int64_t width, int64_t channels, const Channels& c, int64_t row,
              int64_t rows, int64_t column, int64_t columns) {
  for (int64_t r = row; r < row + rows; r++) {
    const bool inside = r >= 0 && r < height;
    const int64_t begin = inside ? std::clamp<int64_t>(-column, 0, columns) : columns;
    const int64_t end = inside ? std::clamp<int64_t>(width - column, begin, columns) : columns;
    std::fill(to, to + begin * c.lanes, 0.f);
    const float* from = image + (r * width + column) * channels + c.first;
    for (int64_t i = begin; i < end; i++) CopyPixel(to + i * c.lanes, from + i * channels, c);
    std::fill(to + end * c.lanes, to + columns * c.lanes, 0.f);
    to += columns * c.lanes;
  }
}

// A filter `[taps, channels]` times its scale, as `to [taps][lanes]`.
void CopyFilter(float* to, const Tensor& filter, const Tensor& scale, int64_t taps, int64_t channels, const Channels& c) {
  const float* factors = scale.count() > 0 ? scale.floats() + c.first : nullptr;
  for (int64_t tap = 0; tap < taps; tap++) {
    float* row = to + tap * c.lanes;
    CopyPixel(row, filter.floats() + tap * channels + c.first, c);
    if (factors != nullptr)
      for (int64_t i = 0; i < c.count; i++) row[i] *= factors[i];
  }
}

inline Vector Activate(Vector y, Activation activation) {
  if (activation == Activation::kNone) return y;
  const Vector zero = {};
  y = y < zero ? zero : y;  // what is not a number stays so
  if (activation == Activation::kRelu6) {
    const Vector six = zero + 6.f;
    y = y > six ? six : y;
  }
  return y;
}

// A weight of the filter and where the pixel lies that it is multiplied with, relative to the first one.
struct Tap {
  int64_t pixel, weight;
};

// to[t] = activation(bias + Σ_tap pixels[t · step + tap.pixel] · weights[tap.weight]) for t below `Count`, one vector each.
template <int Count>
void Sum(const float* pixels, int64_t step, const Tap* taps, int64_t count, const float* weights, Vector bias,
         Activation activation, float* to, int64_t stride, int64_t lanes) {
  Vector sums[Count];
  for (int t = 0; t < Count; t++) sums[t] = bias;
  for (int64_t i = 0; i < count; i++) {
    const Vector weight = Load(weights + taps[i].weight);
    const float* from = pixels + taps[i].pixel;
#pragma GCC unroll 8
    for (int t = 0; t < Count; t++) sums[t] += Load(from + t * step) * weight;
  }
  for (int t = 0; t < Count; t++) {
    const Vector y = Activate(sums[t], activation);
    if (lanes == kLanes) Store(to + t * stride, y);
    else std::memcpy(to + t * stride, &y, lanes * sizeof(float));
  }
}

// As `Sum` for a whole row of `columns` positions and all channels of the piece.
void SumRow(const float* pixels, int64_t step, const Tap* taps, int64_t count, const float* weights, const float* bias,
            Activation activation, float* to, int64_t stride, int64_t columns, const Channels& c) {
  using Function = void (*)(const float*, int64_t, const Tap*, int64_t, const float*, Vector, Activation, float*, int64_t, int64_t);
  static constexpr Function kSums[kTile + 1] = {nullptr, Sum<1>, Sum<2>, Sum<3>, Sum<4>, Sum<5>, Sum<6>, Sum<7>, Sum<8>};
  for (int64_t i = 0; i < c.count; i += kLanes) {
    const Vector zero = {};
    const int64_t lanes = std::min<int64_t>(kLanes, c.count - i);
    for (int64_t t = 0; t < columns; t += kTile) {
      const int64_t tile = std::min<int64_t>(kTile, columns - t);
      kSums[tile](pixels + t * step + i, step, taps, count, weights + i, bias != nullptr ? Load(bias + i) : zero, activation,
                  to + t * stride + i, stride, lanes);
    }
  }
}

class Depthwise {
 public:
  explicit Depthwise(sed::Construction& c) {
    c.ints("strides", strides_, 2);
    c.ints("padding", padding_, 4);
    c.ints("sizes", sizes_, 4);
    activation_ = c.activation();
  }

 protected:
  Geometry geometry(const std::vector<int64_t>& x, const std::vector<int64_t>& y, int64_t kh, int64_t kw) const {
    return {x[0], x[1], x[2], x[3], y[1], y[2], kh, kw, strides_[0], strides_[1], padding_[0], padding_[2]};
  }
  int32_t strides_[2] = {1, 1}, padding_[4] = {0, 0, 0, 0};  // top bottom left right
  int32_t sizes_[4] = {0, 0, 0, 0};                           // of what the gradients are of: x's shape, or the filter's
  Activation activation_;
};

// Pieces of an image of `rows` rows, `columns` floats of copied pixels each, that fit the near cache and give each thread a few.
int64_t RowsAtOnce(int64_t rows, int64_t floats, int64_t others) {
  const int64_t near = std::max<int64_t>(1, kNear / std::max<int64_t>(1, floats));
  const int64_t wanted = 4 * sed::Threads();
  const int64_t shared = others >= wanted ? rows : std::max<int64_t>(2, rows * others / wanted);
  return std::min({rows, near, shared});
}

class Forward : Depthwise {
 public:
  using Depthwise::Depthwise;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), filter = context.input(1), scale = context.input(2), bias = context.input(3);
    const auto in = x.shape(), f = filter.shape();
    const std::vector<int64_t> out = {in[0], (in[1] + padding_[0] + padding_[1] - f[0]) / strides_[0] + 1,
                                      (in[2] + padding_[2] + padding_[3] - f[1]) / strides_[1] + 1, in[3]};
    const Tensor y = context.output(0, out);
    const Geometry g = geometry(in, out, f[0], f[1]);
    const int64_t across = (g.columns - 1) * g.sx + g.kw, pieces = Pieces(g.channels);
    const int64_t at_once = RowsAtOnce(g.rows, across * g.sy * std::min<int64_t>(g.channels, kChannels), g.batch * pieces);
    const int64_t cuts = (g.rows + at_once - 1) / at_once;
    sed::ParallelFor(g.batch * cuts * pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; part++) {
        const Channels c = Piece(g.channels, part % pieces);
        const int64_t image = part / pieces / cuts, row = part / pieces % cuts * at_once;
        const int64_t rows = std::min(at_once, g.rows - row), high = (rows - 1) * g.sy + g.kh;
        float* pixels = Own(0, high * across * c.lanes);
        CopyGrid(pixels, x.floats() + image * g.height * g.width * g.channels, g.height, g.width, g.channels, c,
                 row * g.sy - g.top, high, -g.left, across);
        float* weights = Own(1, (g.kh * g.kw + 1) * c.lanes);
        CopyFilter(weights, filter, scale, g.kh * g.kw, g.channels, c);
        float* biases = bias.count() > 0 ? weights + g.kh * g.kw * c.lanes : nullptr;
        if (biases != nullptr) CopyPixel(biases, bias.floats() + c.first, c);
        std::vector<Tap> taps;
        for (int64_t r = 0; r < g.kh; r++)
          for (int64_t s = 0; s < g.kw; s++) taps.push_back({(r * across + s) * c.lanes, (r * g.kw + s) * c.lanes});
        for (int64_t r = 0; r < rows; r++)
          SumRow(pixels + r * g.sy * across * c.lanes, g.sx * c.lanes, taps.data(), taps.size(), weights, biases, activation_,
                 y.floats() + ((image * g.rows + row + r) * g.columns) * g.channels + c.first, g.channels, g.columns, c);
      }
    });
  }
};

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// dx at (i, j) is Σ dy((i + top - r) / sy, (j + left - s) / sx) · w(r, s) over the taps at which both divide. Rows and columns of dx are
// taken by what they leave divided by the stride: those of one kind have the same taps and neighboring dy.
class InputGradient : Depthwise {
 public:
  using Depthwise::Depthwise;
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), filter = context.input(1), scale = context.input(2);
    const std::vector<int64_t> in(sizes_, sizes_ + 4);
    const Tensor dx = context.output(0, in);
    const auto f = filter.shape();
    const Geometry g = geometry(in, dy.shape(), f[0], f[1]);
    // dy's columns that any column of dx meets.
    const int64_t first = FloorDiv(g.left - g.kw + 1, g.sx), last = FloorDiv(g.width - 1 + g.left, g.sx);
    const int64_t across = last - first + 1, pieces = Pieces(g.channels);
    const int64_t at_once = RowsAtOnce(g.height, across * std::min<int64_t>(g.channels, kChannels), g.batch * pieces);
    const int64_t cuts = (g.height + at_once - 1) / at_once;
    sed::ParallelFor(g.batch * cuts * pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; part++) {
        const Channels c = Piece(g.channels, part % pieces);
        const int64_t image = part / pieces / cuts, row = part / pieces % cuts * at_once;
        const int64_t rows = std::min(at_once, g.height - row);
        const int64_t above = FloorDiv(row + g.top - g.kh + 1, g.sy), high = FloorDiv(row + rows - 1 + g.top, g.sy) - above + 1;
        float* pixels = Own(0, high * across * c.lanes);
        CopyGrid(pixels, dy.floats() + image * g.rows * g.columns * g.channels, g.rows, g.columns, g.channels, c, above, high,
                 first, across);
        float* weights = Own(1, g.kh * g.kw * c.lanes);
        CopyFilter(weights, filter, scale, g.kh * g.kw, g.channels, c);
        std::vector<Tap> taps;
        for (int64_t i = row; i < row + rows; i++) {
          float* to = dx.floats() + (image * g.height + i) * g.width * g.channels + c.first;
          for (int64_t j = 0; j < std::min(g.sx, g.width); j++) {
            taps.clear();
            for (int64_t r = (i + g.top) % g.sy; r < g.kh; r += g.sy)
              for (int64_t s = (j + g.left) % g.sx; s < g.kw; s += g.sx)
                taps.push_back({(((i + g.top - r) / g.sy - above) * across + FloorDiv(j + g.left - s, g.sx) - first) * c.lanes,
                                (r * g.kw + s) * c.lanes});
            SumRow(pixels, c.lanes, taps.data(), taps.size(), weights, nullptr, Activation::kNone, to + j * g.channels,
                   g.sx * g.channels, (g.width - j + g.sx - 1) / g.sx, c);
          }
        }
      }
    });
  }
};

// sums[s] += Σ_t gradients[t] · pixels[t · step + s], for `Count` neighboring taps and a row of positions, one vector each.
template <int Count>
void SumTaps(const float* gradients, int64_t stride, const float* pixels, int64_t step, int64_t next, int64_t columns,
             float* sums) {
  Vector row[Count];
  for (int s = 0; s < Count; s++) row[s] = Vector{};
  for (int64_t t = 0; t < columns; t++) {
    const Vector gradient = Load(gradients + t * stride);
#pragma GCC unroll 8
    for (int s = 0; s < Count; s++) row[s] += Load(pixels + t * step + s * next) * gradient;
  }
  // A row in its own sum first: long sums of small terms lose digits.
  for (int s = 0; s < Count; s++) Store(sums + s * next, Load(sums + s * next) + row[s]);
}

class FilterGradient : Depthwise {
 public:
  using Depthwise::Depthwise;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), dy = context.input(1), scale = context.input(2);
    const std::vector<int64_t> f(sizes_, sizes_ + 4);
    const Tensor df = context.output(0, f);
    const Geometry g = geometry(x.shape(), dy.shape(), f[0], f[1]);
    const int64_t across = (g.columns - 1) * g.sx + g.kw, pieces = Pieces(g.channels), all = g.batch * g.rows;
    const int64_t taps = g.kh * g.kw, wide = std::min<int64_t>(g.channels, kChannels);
    const int64_t at_once = RowsAtOnce(g.rows, across * g.sy * wide, INT64_MAX);
    // Each part of the rows has sums of its own, which are added up in the end.
    const int64_t wanted = 4 * sed::Threads();
    const int64_t parts = pieces >= wanted ? 1 : std::min((wanted + pieces - 1) / pieces, std::max<int64_t>(1, all / 4));
    static sed::Workspace workspace;
    float* sums = workspace.floats(parts * taps * pieces * kChannels);
    sed::ParallelFor(parts * pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t work = begin; work < end; work++) {
        const int64_t piece = work % pieces, part = work / pieces;
        const Channels c = Piece(g.channels, piece);
        float* own = sums + work * taps * kChannels;
        std::fill(own, own + taps * c.lanes, 0.f);
        const int64_t last = all * (part + 1) / parts;
        for (int64_t row = all * part / parts; row < last;) {
          const int64_t image = row / g.rows, at = row % g.rows, rows = std::min({at_once, g.rows - at, last - row});
          const int64_t high = (rows - 1) * g.sy + g.kh;
          float* pixels = Own(0, high * across * c.lanes);
          CopyGrid(pixels, x.floats() + image * g.height * g.width * g.channels, g.height, g.width, g.channels, c,
                   at * g.sy - g.top, high, -g.left, across);
          float* gradients = Own(1, rows * g.columns * c.lanes);
          CopyGrid(gradients, dy.floats() + image * g.rows * g.columns * g.channels, g.rows, g.columns, g.channels, c, at, rows, 0,
                   g.columns);
          for (int64_t i = 0; i < rows; i++) add(g, c, gradients + i * g.columns * c.lanes, pixels + i * g.sy * across * c.lanes, across, own);
          row += rows;
        }
      }
    });
    const float* factors = scale.count() > 0 ? scale.floats() : nullptr;
    for (int64_t piece = 0; piece < pieces; piece++) {
      const Channels c = Piece(g.channels, piece);
      for (int64_t tap = 0; tap < taps; tap++) {
        float* to = df.floats() + tap * g.channels + c.first;
        const float* from = sums + (piece * taps * kChannels) + tap * c.lanes;
        for (int64_t i = 0; i < c.count; i++) {
          float sum = from[i];
          for (int64_t part = 1; part < parts; part++) sum += from[part * pieces * taps * kChannels + i];
          to[i] = factors != nullptr ? sum * factors[c.first + i] : sum;
        }
      }
    }
  }

 private:
  // Adds what one row of dy gives to the sums of all taps.
  static void add(const Geometry& g, const Channels& c, const float* gradients, const float* pixels, int64_t across, float* sums) {
    using Function = void (*)(const float*, int64_t, const float*, int64_t, int64_t, int64_t, float*);
    static constexpr Function kSums[kTaps + 1] = {nullptr,    SumTaps<1>, SumTaps<2>, SumTaps<3>,
                                                  SumTaps<4>, SumTaps<5>, SumTaps<6>, SumTaps<7>};
    for (int64_t i = 0; i < c.count; i += kLanes)
      for (int64_t r = 0; r < g.kh; r++)
        for (int64_t s = 0; s < g.kw; s += kTaps)
          kSums[std::min<int64_t>(kTaps, g.kw - s)](gradients + i, c.lanes, pixels + (r * across + s) * c.lanes + i,
                                                    g.sx * c.lanes, c.lanes, g.columns, sums + (r * g.kw + s) * c.lanes + i);
  }
};
}  // namespace

void RegisterDepthwise() {
  const auto attributes = {"strides: list(int)", "padding: list(int)", "activation: string", "sizes: list(int)"};
  // An absent scale or bias is a tensor without values.
  sed::Register<Forward>("SedDepthwiseConvolution", {"x: float", "filter: float", "scale: float", "bias: float"}, {"y: float"},
                         attributes);
  sed::Register<InputGradient>("SedDepthwiseConvolutionInputGradient", {"dy: float", "filter: float", "scale: float"},
                               {"dx: float"}, attributes);
  sed::Register<FilterGradient>("SedDepthwiseConvolutionFilterGradient", {"x: float", "dy: float", "scale: float"},
                                {"df: float"}, attributes);
}
