#include "direct.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "dnnl.hpp"
#include "parallel.h"
#include "workspace.h"

namespace {
using dnnl::memory;
using Dims = memory::dims;
using sed::Activation;
using sed::ConvolutionShape;
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

memory::desc Images(int64_t b, int64_t c, int64_t h, int64_t w) {
  return {{b, c, h, w}, kFloat, memory::format_tag::nhwc};
}
memory::desc OwnFilter(const ConvolutionShape& g) {
  return {{g.o, g.i, g.kh, g.kw}, kFloat, memory::format_tag::any};
}
// As TensorFlow has it.
memory::desc PlainFilter(const ConvolutionShape& g) {
  return {{g.o, g.i, g.kh, g.kw}, kFloat, Dims{1, g.o, g.kw * g.i * g.o, g.i * g.o}};
}

struct Prepared {
  dnnl::primitive run;
  memory::desc x, y, filter, scratchpad;
  // Between TensorFlow's layout of the filter and oneDNN's, where they differ.
  bool turns = false;
  dnnl::reorder turn;
};

dnnl::primitive_attr Settings(Activation activation) {
  dnnl::primitive_attr settings;
  settings.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (activation == Activation::kRelu) after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.f, 0.f);
  if (activation == Activation::kRelu6) after.append_eltwise(dnnl::algorithm::eltwise_clip, 0.f, 6.f);
  if (after.len() > 0) settings.set_post_ops(after);
  return settings;
}

std::unique_ptr<Prepared> Prepare(Part part, const ConvolutionShape& g, Activation activation, bool bias) {
  auto made = std::make_unique<Prepared>();
  made->x = Images(g.b, g.i, g.h, g.w);
  made->y = Images(g.b, g.o, g.oh, g.ow);
  const Dims strides{g.strides[0], g.strides[1]}, before{g.padding[0], g.padding[2]}, behind{g.padding[1], g.padding[3]};
  const auto kind = dnnl::algorithm::convolution_direct;
  const auto training = dnnl::prop_kind::forward_training;
  using Forward = dnnl::convolution_forward;
  const auto keep = [&](const auto& description, const memory::desc& filter) {
    made->filter = filter;
    made->scratchpad = description.scratchpad_desc();
  };
  if (part == Part::kForward) {
    const auto settings = Settings(activation);
    const memory::desc biases({g.o}, kFloat, memory::format_tag::x);
    const auto d = bias ? Forward::primitive_desc(Cpu(), training, kind, made->x, OwnFilter(g), biases, made->y, strides,
                                                  before, behind, settings)
                        : Forward::primitive_desc(Cpu(), training, kind, made->x, OwnFilter(g), made->y, strides, before,
                                                  behind, settings);
    made->run = Forward(d);
    keep(d, d.weights_desc());
  } else {
    const auto settings = Settings(Activation::kNone);
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

Prepared& Find(Part part, const ConvolutionShape& g, Activation activation, bool bias) {
  static std::map<std::string, std::unique_ptr<Prepared>> kept;
  const int64_t numbers[] = {static_cast<int64_t>(part), g.b, g.h, g.w, g.i, g.oh, g.ow, g.o, g.kh, g.kw, bias,
                             g.strides[0], g.strides[1], g.padding[0], g.padding[1], g.padding[2], g.padding[3],
                             static_cast<int64_t>(activation), sed::Threads()};
  const std::string key(reinterpret_cast<const char*>(numbers), sizeof numbers);
  auto found = kept.find(key);
  if (found == kept.end()) {
    if (kept.size() >= kKept) kept.clear();
    found = kept.emplace(key, Prepare(part, g, activation, bias)).first;
  }
  return *found->second;
}

// filter * scale, where there is a scale (over the output channels), in oneDNN's layout.
void* ReadyFilter(Prepared& prepared, const ConvolutionShape& g, const float* filter, const float* scale) {
  float* values = const_cast<float*>(filter);
  if (scale != nullptr) {
    const int64_t channels = g.o, rows = g.kh * g.kw * g.i;
    float* scaled = Scaled().floats(rows * channels);
    sed::ParallelFor(rows, std::max<int64_t>(1, kMany / channels), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++)
        for (int64_t c = 0; c < channels; c++) scaled[row * channels + c] = filter[row * channels + c] * scale[c];
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

float* Mutable(const float* values) { return const_cast<float*>(values); }
}  // namespace

namespace sed {

void DirectForward(const ConvolutionShape& shape, const float* x, const float* filter, const float* scale, const float* bias,
                   Activation activation, float* y) {
  Prepared& prepared = Find(Part::kForward, shape, activation, bias != nullptr);
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, {prepared.x, Cpu(), Mutable(x)}},
      {DNNL_ARG_WEIGHTS, {prepared.filter, Cpu(), ReadyFilter(prepared, shape, filter, scale)}},
      {DNNL_ARG_DST, {prepared.y, Cpu(), y}}};
  if (bias != nullptr)
    arguments.insert({DNNL_ARG_BIAS, {{{shape.o}, kFloat, memory::format_tag::x}, Cpu(), Mutable(bias)}});
  Execute(prepared, std::move(arguments));
  Stream().wait();
}

void DirectInputGradient(const ConvolutionShape& shape, const float* dy, const float* filter, const float* scale, float* dx) {
  Prepared& prepared = Find(Part::kInputGradient, shape, Activation::kNone, false);
  Execute(prepared, {{DNNL_ARG_DIFF_DST, {prepared.y, Cpu(), Mutable(dy)}},
                     {DNNL_ARG_WEIGHTS, {prepared.filter, Cpu(), ReadyFilter(prepared, shape, filter, scale)}},
                     {DNNL_ARG_DIFF_SRC, {prepared.x, Cpu(), dx}}});
  Stream().wait();
}

void DirectFilterGradient(const ConvolutionShape& shape, const float* x, const float* dy, float* df) {
  Prepared& prepared = Find(Part::kFilterGradient, shape, Activation::kNone, false);
  void* own = prepared.turns ? Filter().bytes(prepared.filter.get_size()) : df;
  Execute(prepared, {{DNNL_ARG_SRC, {prepared.x, Cpu(), Mutable(x)}},
                     {DNNL_ARG_DIFF_DST, {prepared.y, Cpu(), Mutable(dy)}},
                     {DNNL_ARG_DIFF_WEIGHTS, {prepared.filter, Cpu(), own}}});
  if (prepared.turns) {
    memory from(prepared.filter, Cpu(), own), to(PlainFilter(shape), Cpu(), df);
    prepared.turn.execute(Stream(), from, to);
  }
  Stream().wait();
}

}  // namespace sed
