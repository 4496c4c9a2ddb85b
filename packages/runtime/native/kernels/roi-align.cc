// `SedRoiAlign` and its gradient, on feature maps of several levels at once. The formulas are those of tensor-ops' `roi-align/taps.ts`:
// sampling is separable, so a bin is a sum over taps (a cell and a weight) along y and x, and taps that fall on one cell are one.
//
// TensorFlow's CropAndResize would make a sample's 14x14 points first, four times the output, and its gradient runs on one thread.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "op.h"

namespace {
using sed::Tensor;

struct Attributes {
  int32_t level_count, height, width, sampling_ratio;
  bool aligned;
  explicit Attributes(sed::Construction& construction)
      : level_count(construction.integer("L")),
        height(construction.integer("height")),
        width(construction.integer("width")),
        sampling_ratio(construction.integer("sampling_ratio")),
        aligned(construction.flag("aligned")) {}
};

// Taps of all bins along one axis: those of bin i are begin[i] to begin[i + 1] - 1.
struct Taps {
  std::vector<int> begin;
  std::vector<int64_t> cells;
  std::vector<float> weights;

  void add(int64_t cell, float weight, size_t from) {
    for (size_t k = cells.size(); k > from; k--) {
      if (cells[k - 1] != cell) continue;
      weights[k - 1] += weight;
      return;
    }
    cells.push_back(cell);
    weights.push_back(weight);
  }

  // Positions are rounded to float after each operation, as torchvision's are: it decides which samples are outside. (The casts also keep the compiler
  // from fusing a product and a sum.)
  void find(float low, float high, float scale, int bins, int64_t size, const Attributes& a) {
    const float offset = a.aligned ? 0.5f : 0.f;
    const float start = static_cast<float>(static_cast<double>(static_cast<float>(static_cast<double>(low) * scale)) - offset);
    const float end = static_cast<float>(static_cast<double>(static_cast<float>(static_cast<double>(high) * scale)) - offset);
    const float extent = static_cast<float>(static_cast<double>(end) - start);
    const float length = a.aligned ? extent : std::max(extent, 1.f);
    const float bin = length / bins;
    const int samples = a.sampling_ratio > 0 ? a.sampling_ratio : std::isfinite(bin) ? static_cast<int>(std::ceil(bin)) : 0;
    begin.assign(bins + 1, 0);
    cells.clear();
    weights.clear();
    for (int i = 0; i < bins; i++) {
      const size_t first = cells.size();
      begin[i] = static_cast<int>(first);
      const float base = static_cast<float>(start + static_cast<double>(static_cast<float>(static_cast<double>(bin) * i)));
      for (int s = 0; s < samples; s++) {
        const float step = static_cast<float>((s + 0.5) * static_cast<double>(bin)) / samples;
        const float position = static_cast<float>(static_cast<double>(base) + step);
        if (!(position >= -1.f && position <= static_cast<float>(size))) continue;
        const float inside = std::max(position, 0.f);
        const int64_t lower = static_cast<int64_t>(inside);
        if (lower >= size - 1) {
          add(size - 1, 1.f / samples, first);
          continue;
        }
        const float above = inside - static_cast<float>(lower);
        add(lower, (1.f - above) / samples, first);
        if (above > 0.f) add(lower + 1, above / samples, first);
      }
    }
    begin[bins] = static_cast<int>(cells.size());
  }
};

struct Map {
  float* values;
  int64_t batch, rows, columns;
};

struct Regions {
  const float* boxes;
  const int32_t* images;
  const int32_t* levels;
  const float* scales;
  int64_t count;
};

// Calls visit(cell, output, weight), offsets in units of `channels`, for every tap of every bin of region n.
template <class Visit>
void ForEachTap(const Attributes& a, const Regions& r, const Map& map, int64_t n, Taps& y, Taps& x, Visit visit) {
  const float* box = r.boxes + 4 * n;
  const float scale = r.scales[r.levels[n]];
  x.find(box[0], box[2], scale, a.width, map.columns, a);
  y.find(box[1], box[3], scale, a.height, map.rows, a);
  const int64_t image = r.images[n] * map.rows;
  for (int i = 0; i < a.height; i++) {
    for (int j = 0; j < a.width; j++) {
      const int64_t output = (n * a.height + i) * a.width + j;
      for (int p = y.begin[i]; p < y.begin[i + 1]; p++) {
        const int64_t row = (image + y.cells[p]) * map.columns;
        for (int q = x.begin[j]; q < x.begin[j + 1]; q++) visit(row + x.cells[q], output, y.weights[p] * x.weights[q]);
      }
    }
  }
}

void Check(const Regions& r, const std::vector<Map>& maps) {
  for (int64_t n = 0; n < r.count; n++) {
    const int level = r.levels[n];
    if (level < 0 || level >= static_cast<int>(maps.size()) || r.images[n] < 0 || r.images[n] >= maps[level].batch)
      throw std::runtime_error("SedRoiAlign: a region of an image or a level that is not there");
  }
}

// features..., boxes [N,4], images [N], levels [N], scales [L] -> [N,h,w,C]
class RoiAlign : Attributes {
 public:
  explicit RoiAlign(sed::Construction& construction) : Attributes(construction) {}
  void run(sed::Context& context) {
    std::vector<Tensor> features;
    std::vector<Map> maps;
    for (int l = 0; l < level_count; l++) {
      features.push_back(context.input(l));
      const auto shape = features.back().shape();
      maps.push_back({features.back().floats(), shape[0], shape[1], shape[2]});
    }
    const int64_t channels = features[0].shape()[3];
    const Tensor boxes = context.input(level_count), images = context.input(level_count + 1);
    const Tensor levels = context.input(level_count + 2), scales = context.input(level_count + 3);
    const Regions r{boxes.floats(), images.ints(), levels.ints(), scales.floats(), levels.count()};
    Check(r, maps);
    const Tensor y = context.output(0, {r.count, height, width, channels});
    float* to = y.floats();
    sed::ParallelFor(r.count, 8, [&](int64_t begin, int64_t end) {
      Taps rows, columns;
      for (int64_t n = begin; n < end; n++) {
        const Map& map = maps[r.levels[n]];
        std::memset(to + n * height * width * channels, 0, sizeof(float) * height * width * channels);
        ForEachTap(*this, r, map, n, rows, columns, [&](int64_t cell, int64_t output, float weight) {
          const float* from = map.values + cell * channels;
          float* sum = to + output * channels;
#pragma omp simd
          for (int64_t c = 0; c < channels; c++) sum[c] += weight * from[c];
        });
      }
    });
  }
};

// dy [N,h,w,C], boxes, images, levels, scales, shapes [L,4] -> a gradient for each level
class RoiAlignGradient : Attributes {
 public:
  explicit RoiAlignGradient(sed::Construction& construction) : Attributes(construction) {}
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), boxes = context.input(1), images = context.input(2), levels = context.input(3);
    const Tensor scales = context.input(4), shapes = context.input(5);
    const int64_t channels = dy.shape()[3];
    std::vector<Tensor> gradients;
    std::vector<Map> maps;
    for (int l = 0; l < level_count; l++) {
      const int32_t* s = shapes.ints() + 4 * l;
      gradients.push_back(context.output(l, {s[0], s[1], s[2], s[3]}));
      std::memset(gradients.back().floats(), 0, sizeof(float) * gradients.back().count());
      maps.push_back({gradients.back().floats(), s[0], s[1], s[2]});
    }
    const Regions r{boxes.floats(), images.ints(), levels.ints(), scales.floats(), levels.count()};
    Check(r, maps);
    const float* from = dy.floats();
    // Regions overlap, so it is channels that are shared out: no two threads add to one value, and sums have one order.
    const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(sed::Threads(), channels / 16));
    sed::ParallelFor(parts, 1, [&](int64_t part, int64_t) {
      Taps rows, columns;
      const int64_t first = channels * part / parts, last = channels * (part + 1) / parts;
      for (int64_t n = 0; n < r.count; n++) {
        const Map& map = maps[r.levels[n]];
        ForEachTap(*this, r, map, n, rows, columns, [&](int64_t cell, int64_t output, float weight) {
          const float* gradient = from + output * channels;
          float* sum = map.values + cell * channels;
#pragma omp simd
          for (int64_t c = first; c < last; c++) sum[c] += weight * gradient[c];
        });
      }
    });
  }
};

}  // namespace

void RegisterRoiAlign() {
  const auto attributes = {"L: int", "height: int", "width: int", "sampling_ratio: int", "aligned: bool"};
  sed::Register<RoiAlign>("SedRoiAlign",
                          {"features: L * float", "boxes: float", "images: int32", "levels: int32", "scales: float"},
                          {"y: float"}, attributes);
  sed::Register<RoiAlignGradient>(
      "SedRoiAlignGradient",
      {"dy: float", "boxes: float", "images: int32", "levels: int32", "scales: float", "shapes: int32"},
      {"gradients: L * float"}, attributes);
}
