// F(4x4, 3x3) with the points 0, ±5/8, ±3/2 and infinity: with the usual 0, ±1, ±2 the error is twice as large, 2.4e-6 against 1.1e-6 of the
// outputs' root mean square at 256 channels (Barabasz et al. 2020, "Error analysis and improving the accuracy of Winograd convolution for
// deep neural networks", on the choice of points; beside a direct convolution: bench/winograd.mjs).
//
// With d a tile of 6x6 inputs, g a filter and dy a tile of 4x4 gradients, all transforms two-dimensional:
//   y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,  gradient of g = Gᵀ[(Bᵀ d B) ⊙ (A dy Aᵀ)]G,
// where ⊙ for many tiles and channels is a matrix product at each of the 36 points; and the gradient of d is a convolution with the
// turned filter.
#include "winograd.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "parallel.h"
#include "vector.h"
#include "workspace.h"

namespace sed {
namespace {

constexpr int kOut = 4, kIn = 6, kPoints = kIn * kIn;
constexpr float kA = 0.625f, kB = 1.5f;
constexpr float kA2 = kA * kA, kB2 = kB * kB, kA2B2 = kA2 * kB2;

// Bᵀ d
template <class T>
inline void FromImage(const T* d, int step, T* out, int to) {
  const T even_a = d[4 * step] - kB2 * d[2 * step], odd_a = kA * (d[3 * step] - kB2 * d[step]);
  const T even_b = d[4 * step] - kA2 * d[2 * step], odd_b = kB * (d[3 * step] - kA2 * d[step]);
  out[0] = kA2B2 * d[0] - (kA2 + kB2) * d[2 * step] + d[4 * step];
  out[to] = even_a + odd_a;
  out[2 * to] = even_a - odd_a;
  out[3 * to] = even_b + odd_b;
  out[4 * to] = even_b - odd_b;
  out[5 * to] = kA2B2 * d[step] - (kA2 + kB2) * d[3 * step] + d[5 * step];
}

constexpr float kG0 = 1 / kA2B2, kGa = 1 / (2 * kA2 * (kA2 - kB2)), kGb = 1 / (2 * kB2 * (kB2 - kA2));

// G g
template <class T>
inline void FromFilter(const T* g, int step, T* out, int to) {
  const T even_a = kGa * (g[0] + kA2 * g[2 * step]), odd_a = (kGa * kA) * g[step];
  const T even_b = kGb * (g[0] + kB2 * g[2 * step]), odd_b = (kGb * kB) * g[step];
  out[0] = kG0 * g[0];
  out[to] = even_a + odd_a;
  out[2 * to] = even_a - odd_a;
  out[3 * to] = even_b + odd_b;
  out[4 * to] = even_b - odd_b;
  out[5 * to] = g[2 * step];
}

// Gᵀ u
template <class T>
inline void ToFilter(const T* u, int step, T* out, int to) {
  const T sum_a = kGa * (u[step] + u[2 * step]), difference_a = (kGa * kA) * (u[step] - u[2 * step]);
  const T sum_b = kGb * (u[3 * step] + u[4 * step]), difference_b = (kGb * kB) * (u[3 * step] - u[4 * step]);
  out[0] = kG0 * u[0] + sum_a + sum_b;
  out[to] = difference_a + difference_b;
  out[2 * to] = kA2 * sum_a + kB2 * sum_b + u[5 * step];
}

// Aᵀ m
template <class T>
inline void ToImage(const T* m, int step, T* out, int to) {
  const T sum_a = m[step] + m[2 * step], difference_a = kA * (m[step] - m[2 * step]);
  const T sum_b = m[3 * step] + m[4 * step], difference_b = kB * (m[3 * step] - m[4 * step]);
  out[0] = m[0] + sum_a + sum_b;
  out[to] = difference_a + difference_b;
  out[2 * to] = kA2 * sum_a + kB2 * sum_b;
  out[3 * to] = kA2 * difference_a + kB2 * difference_b + m[5 * step];
}

// A dy
template <class T>
inline void FromGradient(const T* y, int step, T* out, int to) {
  const T even_a = y[0] + kA2 * y[2 * step], odd_a = kA * (y[step] + kA2 * y[3 * step]);
  const T even_b = y[0] + kB2 * y[2 * step], odd_b = kB * (y[step] + kB2 * y[3 * step]);
  out[0] = y[0];
  out[to] = even_a + odd_a;
  out[2 * to] = even_a - odd_a;
  out[3 * to] = even_b + odd_b;
  out[4 * to] = even_b - odd_b;
  out[5 * to] = y[3 * step];
}

// Where the tiles of a layer lie.
class Tiles {
 public:
  explicit Tiles(const WinogradLayer& layer, bool of_input) {
    for (const WinogradMap& map : layer.maps) {
      const int64_t h = of_input ? map.h : map.oh, w = of_input ? map.w : map.ow;
      first_.push_back(count_);
      rows_.push_back((h + kOut - 1) / kOut);
      columns_.push_back((w + kOut - 1) / kOut);
      count_ += map.b * rows_.back() * columns_.back();
    }
  }
  int64_t count() const { return count_; }
  struct Place {
    int map;
    int64_t image, row, column;  // of the tile's first output
  };
  Place place(int64_t tile) const {
    int map = static_cast<int>(first_.size()) - 1;
    while (first_[map] > tile) map--;
    const int64_t at = tile - first_[map], each = rows_[map] * columns_[map];
    return {map, at / each, at % each / columns_[map] * kOut, at % columns_[map] * kOut};
  }

 private:
  int64_t count_ = 0;
  std::vector<int64_t> first_, rows_, columns_;
};

// Part of an image of a batch, around which there are zeros.
struct Grid {
  const float* values;
  int64_t h, w, channels;
};

// Calls each(c, lanes) for vectors of channels; the last may have fewer lanes than a vector.
template <class Each>
inline void ForChannels(int64_t channels, Each each) {
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) each(c, kLanes);
  if (c < channels) each(c, static_cast<int>(channels - c));
}

// Bᵀ d B of the tile whose first input is at (y, x), to `out[point * stride + c]`.
void TransformInput(const Grid& grid, int64_t y, int64_t x, float* out, int64_t stride) {
  const bool inside = y >= 0 && x >= 0 && y + kIn <= grid.h && x + kIn <= grid.w;
  ForChannels(grid.channels, [&](int64_t c, int lanes) {
    Vector d[kPoints], half[kPoints];
    for (int i = 0; i < kIn; i++) {
      const float* row = grid.values + ((y + i) * grid.w + x) * grid.channels + c;
      if (inside && lanes == kLanes) {
        for (int j = 0; j < kIn; j++) d[i * kIn + j] = Load(row + j * grid.channels);
      } else {
        for (int j = 0; j < kIn; j++) {
          const bool there = y + i >= 0 && y + i < grid.h && x + j >= 0 && x + j < grid.w;
          d[i * kIn + j] = there ? LoadPart(row + j * grid.channels, lanes) : Vector{};
        }
      }
    }
    for (int j = 0; j < kIn; j++) FromImage(d + j, kIn, half + j, kIn);
    for (int i = 0; i < kIn; i++) FromImage(half + i * kIn, 1, d + i * kIn, 1);
    for (int p = 0; p < kPoints; p++) Store(out + p * stride + c, d[p]);
  });
}

// A dy Aᵀ of the tile of 4x4 at (y, x), in panels: to `out[point * stride + panel * panels + lane]`.
void TransformGradient(const Grid& grid, int64_t y, int64_t x, float* out, int64_t stride, int64_t panels) {
  ForChannels(grid.channels, [&](int64_t c, int lanes) {
    Vector d[kOut * kOut], half[kIn * kOut], full[kPoints];
    for (int i = 0; i < kOut; i++) {
      const float* row = grid.values + ((y + i) * grid.w + x) * grid.channels + c;
      for (int j = 0; j < kOut; j++) {
        const bool there = y + i < grid.h && x + j < grid.w;
        d[i * kOut + j] = there ? LoadPart(row + j * grid.channels, lanes) : Vector{};
      }
    }
    for (int j = 0; j < kOut; j++) FromGradient(d + j, kOut, half + j, kOut);
    for (int i = 0; i < kIn; i++) FromGradient(half + i * kOut, 1, full + i * kIn, 1);
    float* to = out + c / kPanel * panels + c % kPanel;
    for (int p = 0; p < kPoints; p++) Store(to + p * stride, full[p]);
  });
}

// Rows of a panel between what is fetched and what is used: a panel comes from the third cache, some 50 ns away.
constexpr int64_t kAhead = 32;

// c[rows, kPanel] (+)= a[rows, depth] · b[depth, kPanel], for `rows` up to kRows.
template <int R>
void MultiplyRows(const float* a, int64_t a_row, int64_t a_step, const float* b, float* c, int64_t c_row, int64_t depth,
                  bool add) {
  Vector sum[R][2];
  for (int r = 0; r < R; r++) {
    sum[r][0] = add ? Load(c + r * c_row) : Vector{};
    sum[r][1] = add ? Load(c + r * c_row + kLanes) : Vector{};
  }
  for (int64_t k = 0; k < depth; k++) {
    __builtin_prefetch(b + (k + kAhead) * kPanel);
    __builtin_prefetch(b + (k + kAhead) * kPanel + kLanes);
    const Vector b0 = Load(b + k * kPanel), b1 = Load(b + k * kPanel + kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Vector value = Broadcast(a[r * a_row + k * a_step]);
      sum[r][0] += value * b0;
      sum[r][1] += value * b1;
    }
  }
  for (int r = 0; r < R; r++) {
    Store(c + r * c_row, sum[r][0]);
    Store(c + r * c_row + kLanes, sum[r][1]);
  }
}

using Multiplication = void (*)(const float*, int64_t, int64_t, const float*, float*, int64_t, int64_t, bool);
template <int... R>
constexpr std::array<Multiplication, sizeof...(R)> AllRows(std::integer_sequence<int, R...>) {
  return {MultiplyRows<R + 1>...};
}
constexpr auto kMultiply = AllRows(std::make_integer_sequence<int, kRows>());

// c[rows, kPanel] (+)= a · b for any number of rows.
void MultiplyPanel(int64_t rows, const float* a, int64_t a_row, int64_t a_step, const float* b, float* c, int64_t c_row,
                   int64_t depth, bool add) {
  const int64_t parts = (rows + kRows - 1) / kRows;
  for (int64_t part = 0; part < parts; part++) {
    const int64_t first = rows * part / parts, size = rows * (part + 1) / parts - first;
    kMultiply[size - 1](a + first * a_row, a_row, a_step, b, c + first * c_row, c_row, depth, add);
  }
}

int64_t Padded(int64_t channels, int64_t to) { return (channels + to - 1) / to * to; }

// G g Gᵀ of filters [3,3,i,o], in panels: [point][panel of o][i][kPanel].
const float* TransformFilter(const float* filter, int64_t i, int64_t o, const float* scale, bool scale_rows) {
  static Workspace workspace;
  const int64_t padded = Padded(o, kPanel), point = padded * i;
  float* out = workspace.floats(kPoints * point);
  ParallelFor(i, 8, [&](int64_t begin, int64_t end) {
    for (int64_t panel = 0; panel < padded; panel += kPanel) {
      for (int64_t row = begin; row < end; row++) {
        for (int64_t c = panel; c < panel + kPanel; c += kLanes) {
          const int lanes = static_cast<int>(std::clamp<int64_t>(o - c, 0, kLanes));
          Vector g[9], half[kIn * 3], u[kPoints];
          Vector factor = Broadcast(1.f);
          if (scale != nullptr) factor = scale_rows ? Broadcast(scale[row]) : LoadPart(scale + c, lanes);
          for (int tap = 0; tap < 9; tap++) {
            const float* from = filter + (tap * i + row) * o + c;
            g[tap] = LoadPart(from, lanes) * factor;
          }
          for (int b = 0; b < 3; b++) FromFilter(g + b, 3, half + b, 3);
          for (int a = 0; a < kIn; a++) FromFilter(half + a * 3, 1, u + a * kIn, 1);
          float* to = out + panel * i + row * kPanel + (c - panel);
          for (int p = 0; p < kPoints; p++) Store(to + p * point, u[p]);
        }
      }
    }
  });
  return out;
}

// The filter of the input's gradient: turned by 180 degrees, [3,3,o,i].
const float* Turn(const float* filter, int64_t i, int64_t o) {
  static Workspace workspace;
  float* out = workspace.floats(9 * i * o);
  constexpr int64_t kBlock = 16;
  const int64_t blocks = (o + kBlock - 1) / kBlock;
  ParallelFor(9 * blocks, 4, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; n++) {
      const int64_t tap = n / blocks, first = n % blocks * kBlock, last = std::min(o, first + kBlock);
      const float* from = filter + tap * i * o;
      float* to = out + (8 - tap) * i * o;
      for (int64_t r = 0; r < i; r += kBlock) {
        const int64_t stop = std::min(i, r + kBlock);
        for (int64_t c = first; c < last; c++)
          for (int64_t k = r; k < stop; k++) to[c * i + k] = from[k * o + c];
      }
    }
  });
  return out;
}

// Tiles that one thread transforms, multiplies and transforms back before the next: their points then stay in its cache.
constexpr int64_t kTilesAtOnce = 48;

struct Side {
  int64_t h, w, channels;
};

// Convolves every map: from(map) and to(map) are its two sides.
template <class From, class To>
void Convolve(const WinogradLayer& layer, const Tiles& tiles, int64_t inputs, int64_t outputs, int64_t top, int64_t left,
              const float* u, const float* bias, Activation activation, From from, To to) {
  const int64_t in = Padded(inputs, kLanes), out = Padded(outputs, kPanel);
  // a multiple of the threads, so that all have as much to do; what comes out of a tile does not depend on its part
  const int64_t least = (tiles.count() + kTilesAtOnce - 1) / kTilesAtOnce, threads = Threads();
  const int64_t parts = std::min(tiles.count(), (least + threads - 1) / threads * threads);
  const int64_t most = (tiles.count() + parts - 1) / parts;
  static thread_local Workspace in_points, out_points;
  ParallelFor(parts, 1, [&](int64_t part, int64_t) {
    const int64_t first = tiles.count() * part / parts, count = tiles.count() * (part + 1) / parts - first;
    float* v = in_points.floats(kPoints * most * in);
    float* m = out_points.floats(kPoints * most * out);
    for (int64_t t = 0; t < count; t++) {
      const auto place = tiles.place(first + t);
      const auto [values, h, w] = from(layer.maps[place.map]);
      TransformInput({values + place.image * h * w * inputs, h, w, inputs}, place.row - top, place.column - left, v + t * in,
                     most * in);
    }
    for (int64_t p = 0; p < kPoints; p++)
      for (int64_t panel = 0; panel < out; panel += kPanel)
        MultiplyPanel(count, v + p * most * in, in, 1, u + p * out * inputs + panel * inputs, m + p * most * out + panel, out,
                      inputs, false);
    for (int64_t t = 0; t < count; t++) {
      const auto place = tiles.place(first + t);
      const auto [values, h, w] = to(layer.maps[place.map]);
      const int64_t rows = std::min<int64_t>(kOut, h - place.row), columns = std::min<int64_t>(kOut, w - place.column);
      float* image = values + ((place.image * h + place.row) * w + place.column) * outputs;
      ForChannels(outputs, [&](int64_t c, int lanes) {
        Vector points[kPoints], half[kOut * kIn], y[kOut * kOut];
        for (int p = 0; p < kPoints; p++) points[p] = Load(m + (p * most + t) * out + c);
        for (int j = 0; j < kIn; j++) ToImage(points + j, kIn, half + j, kIn);
        for (int i = 0; i < kOut; i++) ToImage(half + i * kIn, 1, y + i * kOut, 1);
        const Vector add = bias == nullptr ? Vector{} : LoadPart(bias + c, lanes);
        for (int64_t i = 0; i < rows; i++) {
          for (int64_t j = 0; j < columns; j++) {
            Vector value = y[i * kOut + j] + add;
            if (activation != Activation::kNone) value = Max(value, Vector{});
            if (activation == Activation::kRelu6) value = Min(value, Broadcast(6.f));
            float* target = image + (i * w + j) * outputs + c;
            StorePart(target, value, lanes);
          }
        }
      });
    }
  });
}
// What a part takes, in nanoseconds of one core, as fitted to 20 shapes on an AMD EPYC (Zen 5): both ways run as many operations a second,
// Winograd's transforms move memory. The two speeds scale together on another machine.
constexpr double kFlopsDirect = 215, kFlops = 210, kTile = 7.5;
// A value of the filter, by part, and where the filter's points do not fit into the third cache.
constexpr double kFilter[] = {11, 19, 11}, kLargeFilter[] = {18, 27, 40};
constexpr int64_t kLarge = 16 << 20;
}  // namespace

bool WinogradPays(ConvolutionPart part, const WinogradLayer& layer) {
  // "0": never; "always": for whatever has such a filter, to measure.
  static const std::string told = [] {
    const char* value = std::getenv("SED_WINOGRAD");
    return std::string(value == nullptr ? "" : value);
  }();
  if (told == "0" || told == "always") return told == "always";
  const Tiles tiles(layer, part == ConvolutionPart::kInputGradient);
  double pixels = 0;
  for (const WinogradMap& map : layer.maps) pixels += static_cast<double>(map.b) * map.oh * map.ow;
  const double weights = static_cast<double>(layer.i) * layer.o, count = static_cast<double>(tiles.count());
  const double* filter = kPoints * sizeof(float) * weights > kLarge ? kLargeFilter : kFilter;
  const double ours = 2 * kPoints * count * weights / kFlops + filter[static_cast<int>(part)] * weights +
                      kTile * count * (Padded(layer.i, kLanes) + Padded(layer.o, kPanel));
  return ours < 18 * pixels * weights / kFlopsDirect;
}

void WinogradForward(const WinogradLayer& layer, const float* filter, const float* scale, const float* bias,
                     Activation activation) {
  const float* u = TransformFilter(filter, layer.i, layer.o, scale, false);
  Convolve(
      layer, Tiles(layer, false), layer.i, layer.o, layer.top, layer.left, u, bias, activation,
      [](const WinogradMap& map) { return std::tuple(map.x, map.h, map.w); },
      [](const WinogradMap& map) { return std::tuple(map.y, map.oh, map.ow); });
}

void WinogradInputGradient(const WinogradLayer& layer, const float* filter, const float* scale) {
  const float* u = TransformFilter(Turn(filter, layer.i, layer.o), layer.o, layer.i, scale, true);
  Convolve(
      layer, Tiles(layer, true), layer.o, layer.i, 2 - layer.top, 2 - layer.left, u, nullptr, Activation::kNone,
      [](const WinogradMap& map) { return std::tuple(map.y, map.oh, map.ow); },
      [](const WinogradMap& map) { return std::tuple(map.x, map.h, map.w); });
}

void WinogradFilterGradient(const WinogradLayer& layer, float* gradient) {
  static Workspace in_points, out_points, sums;
  const Tiles tiles(layer, false);
  const int64_t in = Padded(layer.i, kLanes), out = Padded(layer.o, kPanel);
  // The same chunks for any number of threads, so that sums have one order.
  constexpr int64_t kChunk = 256;
  const int64_t most = std::min(kChunk, tiles.count());
  float* v = in_points.floats(kPoints * most * in);
  float* d = out_points.floats(kPoints * most * out);
  float* u = sums.floats(kPoints * in * out);
  if (layer.o % kPanel != 0) std::memset(d, 0, sizeof(float) * kPoints * most * out);
  for (int64_t start = 0; start < tiles.count(); start += kChunk) {
    const int64_t count = std::min(kChunk, tiles.count() - start);
    ParallelFor(count, 4, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; t++) {
        const auto place = tiles.place(start + t);
        const WinogradMap& map = layer.maps[place.map];
        TransformInput({map.x + place.image * map.h * map.w * layer.i, map.h, map.w, layer.i}, place.row - layer.top,
                       place.column - layer.left, v + t * in, most * in);
        TransformGradient({map.y + place.image * map.oh * map.ow * layer.o, map.oh, map.ow, layer.o}, place.row, place.column,
                          d + t * kPanel, most * out, most * kPanel);
      }
    });
    const int64_t panels = out / kPanel;
    ParallelFor(kPoints * panels, 1, [&](int64_t n, int64_t) {
      const int64_t p = n / panels, panel = n % panels;
      MultiplyPanel(layer.i, v + p * most * in, 1, in, d + p * most * out + panel * most * kPanel,
                    u + (p * panels + panel) * in * kPanel, kPanel, count, start > 0);
    });
  }
  ParallelFor(layer.i, 4, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      ForChannels(layer.o, [&](int64_t c, int lanes) {
        Vector points[kPoints], half[3 * kIn], g[9];
        const float* from = u + c / kPanel * in * kPanel + row * kPanel + c % kPanel;
        for (int p = 0; p < kPoints; p++) points[p] = Load(from + p * in * out);
        for (int j = 0; j < kIn; j++) ToFilter(points + j, kIn, half + j, kIn);
        for (int i = 0; i < 3; i++) ToFilter(half + i * kIn, 1, g + i * 3, 1);
        for (int tap = 0; tap < 9; tap++) {
          float* target = gradient + (tap * layer.i + row) * layer.o + c;
          StorePart(target, g[tap], lanes);
        }
      });
    }
  });
}

}  // namespace sed
