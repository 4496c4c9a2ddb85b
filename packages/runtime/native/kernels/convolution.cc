// `SedConvolution` and its two gradients by oneDNN itself. TensorFlow has oneDNN inside, but lays filters out anew at each call in
// slower ways and has its slow backward kernels only; with a layout of oneDNN's choice for the filter (activations stay NHWC) the
// forward pass and the gradient of the input run at twice TensorFlow's speed, that of the filter at one and a half times. Most 3x3
// convolutions go by winograd.h instead, in half the time.
#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "dnnl.hpp"
#include "op.h"
#include "parallel.h"
#include "winograd.h"

namespace {
using dnnl::memory;
using Dims = memory::dims;
using sed::Tensor;
constexpr auto kFloat = memory::data_type::f32;
// Prepared convolutions that are kept. One is some ten kilobytes, and a training run with varying sizes has a few hundred.
constexpr size_t kKept = 4096;
// So many values are worth a thread of their own.
constexpr int64_t kMany = 1 << 16;

using Part = sed::ConvolutionPart;

const dnnl::engine& Cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}
dnnl::stream& Stream() {
  static dnnl::stream stream(Cpu());
  return stream;
}
sed::Workspace& Scratchpad() {
  static sed::Workspace workspace;
  return workspace;
}
sed::Workspace& Scaled() {
  static sed::Workspace workspace;
  return workspace;
}
sed::Workspace& Filter() {
  static sed::Workspace workspace;
  return workspace;
}

struct Attributes {
  int32_t strides[2] = {1, 1};
  int32_t padding[4] = {0, 0, 0, 0};  // top bottom left right
  std::string activation;
};

// x [b,h,w,i], filter [kh,kw,i,o] or, depthwise, [kh,kw,i,1], y [b,oh,ow,o].
struct Geometry {
  int64_t b, h, w, i, oh, ow, o, kh, kw;
  bool depthwise;
};

memory::desc Images(int64_t b, int64_t c, int64_t h, int64_t w) {
  return {{b, c, h, w}, kFloat, memory::format_tag::nhwc};
}
memory::desc OwnFilter(const Geometry& g) {
  if (g.depthwise) return {{g.i, 1, 1, g.kh, g.kw}, kFloat, memory::format_tag::any};
  return {{g.o, g.i, g.kh, g.kw}, kFloat, memory::format_tag::any};
}
// As TensorFlow has it.
memory::desc PlainFilter(const Geometry& g) {
  if (g.depthwise) return {{g.i, 1, 1, g.kh, g.kw}, kFloat, Dims{1, 1, 1, g.kw * g.i, g.i}};
  return {{g.o, g.i, g.kh, g.kw}, kFloat, Dims{1, g.o, g.kw * g.i * g.o, g.i * g.o}};
}

struct Prepared {
  dnnl::primitive run;
  memory::desc x, y, filter, scratchpad;
  // Between TensorFlow's layout of the filter and oneDNN's, where they differ.
  bool turns = false;
  dnnl::reorder turn;
};

dnnl::primitive_attr Settings(const std::string& activation) {
  dnnl::primitive_attr settings;
  settings.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (activation == "relu") after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.f, 0.f);
  if (activation == "relu6") after.append_eltwise(dnnl::algorithm::eltwise_clip, 0.f, 6.f);
  if (after.len() > 0) settings.set_post_ops(after);
  return settings;
}

std::unique_ptr<Prepared> Prepare(Part part, const Geometry& g, const Attributes& a, bool bias) {
  auto made = std::make_unique<Prepared>();
  made->x = Images(g.b, g.i, g.h, g.w);
  made->y = Images(g.b, g.o, g.oh, g.ow);
  const Dims strides{a.strides[0], a.strides[1]}, before{a.padding[0], a.padding[2]}, behind{a.padding[1], a.padding[3]};
  const auto kind = dnnl::algorithm::convolution_direct;
  const auto training = dnnl::prop_kind::forward_training;
  using Forward = dnnl::convolution_forward;
  const auto keep = [&](const auto& description, const memory::desc& filter) {
    made->filter = filter;
    made->scratchpad = description.scratchpad_desc();
  };
  if (part == Part::kForward) {
    const auto settings = Settings(a.activation);
    const memory::desc biases({g.o}, kFloat, memory::format_tag::x);
    const auto d = bias ? Forward::primitive_desc(Cpu(), training, kind, made->x, OwnFilter(g), biases, made->y, strides,
                                                  before, behind, settings)
                        : Forward::primitive_desc(Cpu(), training, kind, made->x, OwnFilter(g), made->y, strides, before,
                                                  behind, settings);
    made->run = Forward(d);
    keep(d, d.weights_desc());
  } else {
    const auto settings = Settings("none");
    const Forward::primitive_desc hint(Cpu(), training, kind, made->x, OwnFilter(g), made->y, strides, before, behind, settings);
    if (part == Part::kInputGradient) {
      using Backward = dnnl::convolution_backward_data;
      const Backward::primitive_desc d(Cpu(), kind, made->x, OwnFilter(g), made->y, strides, before, behind, hint, settings);
      made->run = Backward(d);
      keep(d, d.weights_desc());
    } else {
      using Backward = dnnl::convolution_backward_weights;
      const Backward::primitive_desc d(Cpu(), kind, made->x, OwnFilter(g), made->y, strides, before, behind, hint, settings);
      made->run = Backward(d);
      keep(d, d.diff_weights_desc());
    }
  }
  const memory::desc plain = PlainFilter(g);
  made->turns = made->filter != plain;
  if (made->turns) {
    const bool outwards = part == Part::kFilterGradient;
    const memory from(outwards ? made->filter : plain, Cpu(), nullptr), to(outwards ? plain : made->filter, Cpu(), nullptr);
    made->turn = dnnl::reorder(from, to);
  }
  return made;
}

Prepared& Find(Part part, const Geometry& g, const Attributes& a, bool bias) {
  static std::map<std::string, std::unique_ptr<Prepared>> kept;
  const int64_t numbers[] = {static_cast<int64_t>(part), g.b, g.h, g.w, g.i, g.oh, g.ow, g.o, g.kh, g.kw, g.depthwise, bias,
                             a.strides[0], a.strides[1], a.padding[0], a.padding[1], a.padding[2], a.padding[3],
                             sed::Threads()};
  std::string key(reinterpret_cast<const char*>(numbers), sizeof numbers);
  key += a.activation;
  auto found = kept.find(key);
  if (found == kept.end()) {
    if (kept.size() >= kKept) kept.clear();
    found = kept.emplace(key, Prepare(part, g, a, bias)).first;
  }
  return *found->second;
}

// filter * scale, where there is a scale (over the output channels), in oneDNN's layout.
void* ReadyFilter(Prepared& prepared, const Geometry& g, const Tensor& filter, const Tensor& scale) {
  float* values = filter.floats();
  if (scale.count() > 0) {
    float* scaled = Scaled().floats(filter.count());
    const float* factors = scale.floats();
    const int64_t channels = g.depthwise ? g.i : g.o, rows = filter.count() / channels;
    sed::ParallelFor(rows, std::max<int64_t>(1, kMany / channels), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        for (int64_t c = 0; c < channels; c++) scaled[row * channels + c] = values[row * channels + c] * factors[c];
    });
    values = scaled;
  }
  if (!prepared.turns) return values;
  memory from(PlainFilter(g), Cpu(), values), to(prepared.filter, Cpu(), Filter().bytes(prepared.filter.get_size()));
  prepared.turn.execute(Stream(), from, to);
  return to.get_data_handle();
}

void Execute(Prepared& prepared, std::unordered_map<int, memory> arguments) {
  void* scratchpad = Scratchpad().bytes(prepared.scratchpad.get_size() + 1);
  arguments.insert({DNNL_ARG_SCRATCHPAD, memory(prepared.scratchpad, Cpu(), scratchpad)});
  prepared.run.execute(Stream(), arguments);
}

class Convolution {
 public:
  explicit Convolution(sed::Construction& c) {
    c.ints("strides", attributes_.strides, 2);
    c.ints("padding", attributes_.padding, 4);
    attributes_.activation = c.text("activation");
    depthwise_ = c.flag("depthwise");
  }

 protected:
  Geometry geometry(const std::vector<int64_t>& x, const std::vector<int64_t>& f, const std::vector<int64_t>& y) const {
    return {x[0], x[1], x[2], x[3], y[1], y[2], y[3], f[0], f[1], depthwise_};
  }
  // The layer for Winograd's way, where that is faster; without maps where it is not.
  sed::WinogradLayer winograd(Part part, const Geometry& g, float* x, float* y) const {
    const auto& [strides, padding, activation] = attributes_;
    const bool small = padding[0] <= 2 && padding[1] <= 2 && padding[2] <= 2 && padding[3] <= 2;
    if (g.depthwise || g.kh != 3 || g.kw != 3 || strides[0] != 1 || strides[1] != 1 || !small) return {};
    const sed::WinogradLayer layer{{{x, y, g.b, g.h, g.w, g.oh, g.ow}}, g.i, g.o, padding[0], padding[2]};
    return sed::WinogradPays(part, layer) ? layer : sed::WinogradLayer{};
  }
  sed::WinogradActivation winograd_activation() const {
    if (attributes_.activation == "relu") return sed::WinogradActivation::kRelu;
    return attributes_.activation == "relu6" ? sed::WinogradActivation::kRelu6 : sed::WinogradActivation::kNone;
  }

  Attributes attributes_;
  bool depthwise_;
};

float* OrNull(const Tensor& tensor) { return tensor.count() > 0 ? tensor.floats() : nullptr; }

class Forward : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), filter = context.input(1), scale = context.input(2), bias = context.input(3);
    const auto in = x.shape(), f = filter.shape();
    const auto [strides, padding] = std::pair(attributes_.strides, attributes_.padding);
    const std::vector<int64_t> out = {in[0], (in[1] + padding[0] + padding[1] - f[0]) / strides[0] + 1,
                                      (in[2] + padding[2] + padding[3] - f[1]) / strides[1] + 1,
                                      depthwise_ ? in[3] : f[3]};
    const Tensor y = context.output(0, out);
    const Geometry g = geometry(in, f, out);
    if (const auto layer = winograd(Part::kForward, g, x.floats(), y.floats()); !layer.maps.empty()) {
      sed::WinogradForward(layer, filter.floats(), OrNull(scale), OrNull(bias), winograd_activation());
      return;
    }
    const bool biased = bias.count() > 0;
    Prepared& prepared = Find(Part::kForward, g, attributes_, biased);
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, {prepared.x, Cpu(), x.floats()}},
        {DNNL_ARG_WEIGHTS, {prepared.filter, Cpu(), ReadyFilter(prepared, g, filter, scale)}},
        {DNNL_ARG_DST, {prepared.y, Cpu(), y.floats()}}};
    if (biased) arguments.insert({DNNL_ARG_BIAS, {{{g.o}, kFloat, memory::format_tag::x}, Cpu(), bias.floats()}});
    Execute(prepared, std::move(arguments));
    Stream().wait();
  }
};

class InputGradient : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor dy = context.input(0), filter = context.input(1), scale = context.input(2), sizes = context.input(3);
    const std::vector<int64_t> in(sizes.ints(), sizes.ints() + 4);
    const Tensor dx = context.output(0, in);
    const Geometry g = geometry(in, filter.shape(), dy.shape());
    if (const auto layer = winograd(Part::kInputGradient, g, dx.floats(), dy.floats()); !layer.maps.empty()) {
      sed::WinogradInputGradient(layer, filter.floats(), OrNull(scale));
      return;
    }
    Prepared& prepared = Find(Part::kInputGradient, g, attributes_, false);
    Execute(prepared, {{DNNL_ARG_DIFF_DST, {prepared.y, Cpu(), dy.floats()}},
                       {DNNL_ARG_WEIGHTS, {prepared.filter, Cpu(), ReadyFilter(prepared, g, filter, scale)}},
                       {DNNL_ARG_DIFF_SRC, {prepared.x, Cpu(), dx.floats()}}});
    Stream().wait();
  }
};

class FilterGradient : Convolution {
 public:
  using Convolution::Convolution;
  void run(sed::Context& context) {
    const Tensor x = context.input(0), dy = context.input(1), sizes = context.input(2);
    const std::vector<int64_t> f(sizes.ints(), sizes.ints() + 4);
    const Tensor df = context.output(0, f);
    const Geometry g = geometry(x.shape(), f, dy.shape());
    if (const auto layer = winograd(Part::kFilterGradient, g, x.floats(), dy.floats()); !layer.maps.empty()) {
      sed::WinogradFilterGradient(layer, df.floats());
      return;
    }
    Prepared& prepared = Find(Part::kFilterGradient, g, attributes_, false);
    void* own = prepared.turns ? Filter().bytes(prepared.filter.get_size()) : df.floats();
    Execute(prepared, {{DNNL_ARG_SRC, {prepared.x, Cpu(), x.floats()}},
                       {DNNL_ARG_DIFF_DST, {prepared.y, Cpu(), dy.floats()}},
                       {DNNL_ARG_DIFF_WEIGHTS, {prepared.filter, Cpu(), own}}});
    if (prepared.turns) {
      memory from(prepared.filter, Cpu(), own), to(PlainFilter(g), Cpu(), df.floats());
      prepared.turn.execute(Stream(), from, to);
    }
    Stream().wait();
  }
};
}  // namespace

void RegisterConvolutions() {
  const auto attributes = {"strides: list(int)", "padding: list(int)", "activation: string", "depthwise: bool"};
  // An absent scale or bias is a tensor without values.
  sed::Register<Forward>("SedConvolution", {"x: float", "filter: float", "scale: float", "bias: float"}, {"y: float"},
                         attributes);
  sed::Register<InputGradient>("SedConvolutionInputGradient",
                               {"dy: float", "filter: float", "scale: float", "sizes: int32"}, {"dx: float"}, attributes);
  sed::Register<FilterGradient>("SedConvolutionFilterGradient", {"x: float", "dy: float", "sizes: int32"}, {"df: float"},
                                attributes);
}
