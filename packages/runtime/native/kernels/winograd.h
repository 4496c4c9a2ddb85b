// 3x3 convolutions of stride 1 by Winograd's minimal filtering, F(4x4, 3x3): 36 products for 16 outputs where a direct convolution takes
// 144. No library that we can link has it (oneDNN dropped it with version 3).
#pragma once
#include <cstdint>
#include <vector>

#include "direct.h"

namespace sed {

// A batch of images or one level of a feature pyramid. x [b,h,w,i] and y [b,oh,ow,o]; which of them is read and which is written
// depends on the function.
struct WinogradMap {
  float* x;
  float* y;
  int64_t b, h, w, oh, ow;
};

struct WinogradLayer {
  std::vector<WinogradMap> maps;
  // of the filter [3,3,i,o]
  int64_t i, o;
  int64_t top, left;  // zeros before x
};

// Whether this is faster than a direct convolution: not where there are few tiles, since a filter becomes four times as large.
bool WinogradPays(ConvolutionPart part, const WinogradLayer& layer);

// y = activation(x * (filter . scale) + bias). scale and bias [o] may be null.
void WinogradForward(const WinogradLayer& layer, const float* filter, const float* scale, const float* bias,
                     Activation activation);

// The gradient of x, written to x, from that of y.
void WinogradInputGradient(const WinogradLayer& layer, const float* filter, const float* scale);

// The gradient of the filter [3,3,i,o], of all maps together.
void WinogradFilterGradient(const WinogradLayer& layer, float* gradient);

}  // namespace sed
