// Convolutions by oneDNN itself. TensorFlow has oneDNN inside, but lays filters out anew at each call in slower ways and has its slow
// backward kernels only; with a layout of oneDNN's choice for the filter (activations stay NHWC) the forward pass and the gradient of
// the input run at twice TensorFlow's speed, that of the filter at one and a half times.
#pragma once
#include <cstdint>

namespace sed {

enum class Activation { kNone, kRelu, kRelu6 };
enum class ConvolutionPart { kForward, kInputGradient, kFilterGradient };

// x [b,h,w,i], filter [kh,kw,i,o], y [b,oh,ow,o].
struct ConvolutionShape {
  int64_t b, h, w, i, oh, ow, o, kh, kw;
  int32_t strides[2];
  int32_t padding[4];  // top bottom left right
};

// y = activation(x * (filter . scale) + bias). scale and bias [o] may be null.
void DirectForward(const ConvolutionShape& shape, const float* x, const float* filter, const float* scale, const float* bias,
                   Activation activation, float* y);
// The gradient of x.
void DirectInputGradient(const ConvolutionShape& shape, const float* dy, const float* filter, const float* scale, float* dx);
// The gradient of filter . scale.
void DirectFilterGradient(const ConvolutionShape& shape, const float* x, const float* dy, float* df);

}  // namespace sed
