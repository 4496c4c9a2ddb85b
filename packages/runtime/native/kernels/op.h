// TensorFlow ops of our own through TensorFlow's C interface for kernels: it is stable, and compiles in seconds. An op that is
// registered here runs by its name like any other (`executeSingleOutput` of tfjs-node's backend), on the tensors' own memory.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "parallel.h"
#include "direct.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"
#include "workspace.h"

namespace sed {

// An input or output of a kernel; its memory belongs to TensorFlow.
class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {}
  Tensor(Tensor&& other) : tensor_(other.tensor_) { other.tensor_ = nullptr; }
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (tensor_) TF_DeleteTensor(tensor_);
  }
  float* floats() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  int32_t* ints() const { return static_cast<int32_t*>(TF_TensorData(tensor_)); }
  int64_t count() const { return TF_TensorElementCount(tensor_); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> shape(TF_NumDims(tensor_));
    for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor_, static_cast<int>(i));
    return shape;
  }

 private:
  TF_Tensor* tensor_;
};

// One run of a kernel.
class Context {
 public:
  explicit Context(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Context() { TF_DeleteStatus(status_); }
  Context(const Context&) = delete;

  Tensor input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    check();
    return Tensor(tensor);
  }
  // A float output, not set to anything.
  Tensor output(int index, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (const int64_t side : shape) bytes *= side;
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()), bytes, status_);
    check();
    return Tensor(tensor);
  }
  void fail(const char* why) {
    TF_SetStatus(status_, TF_INTERNAL, why);
    TF_OpKernelContext_Failure(context_, status_);
  }

 private:
  void check() {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }
  TF_OpKernelContext* context_;
  TF_Status* status_;
};

// The attributes of an op, read once for each set of values.
class Construction {
 public:
  explicit Construction(TF_OpKernelConstruction* construction) : construction_(construction), status_(TF_NewStatus()) {}
  ~Construction() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  Construction(const Construction&) = delete;
  void ints(const char* name, int32_t* values, int count) {
    if (ok()) TF_OpKernelConstruction_GetAttrInt32List(construction_, name, values, count, status_);
  }
  // How many values a list has.
  int32_t length(const char* name) {
    int32_t items = 0, size = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrSize(construction_, name, &items, &size, status_);
    return items;
  }
  int32_t integer(const char* name) {
    int32_t value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrInt32(construction_, name, &value, status_);
    return value;
  }
  float real(const char* name) {
    float value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    return value;
  }
  bool flag(const char* name) {
    TF_Bool value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_);
    return value != 0;
  }
  std::string text(const char* name) {
    int32_t items = 0, length = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrSize(construction_, name, &items, &length, status_);
    std::string value(length > 0 ? length : 0, ' ');
    if (ok() && length > 0) TF_OpKernelConstruction_GetAttrString(construction_, name, &value[0], length, status_);
    return value;
  }
  Activation activation() {
    const std::string name = text("activation");
    return name == "relu" ? Activation::kRelu : name == "relu6" ? Activation::kRelu6 : Activation::kNone;
  }

 private:
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

// Held while a kernel runs: their workspaces and oneDNN's stream are shared by all calls. A thread of TensorFlow's that runs another op of
// a graph waits here.
inline std::mutex& OneAtATime() {
  static std::mutex mutex;
  return mutex;
}

// Registers the op `name` and its kernel on the CPU. `Kernel` has a constructor from Construction& and `void run(Context&)`;
// inputs, outputs and attributes are written as TensorFlow has them: "x: float", "strides: list(int)".
template <class Kernel>
void Register(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
              std::initializer_list<const char*> attributes) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(op, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(
      op, [](TF_ShapeInferenceContext* context, TF_Status* s) { TF_ShapeInferenceContextSetUnknownShape(context, s); });
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* kernel = TF_NewKernelBuilder(
        name, "CPU",
        [](TF_OpKernelConstruction* construction) -> void* {
          Construction attributes(construction);
          return new Kernel(attributes);
        },
        [](void* kernel, TF_OpKernelContext* context) {
          Context run(context);
          try {
            const std::lock_guard<std::mutex> alone(OneAtATime());
            Arena().execute([&] { static_cast<Kernel*>(kernel)->run(run); });
          } catch (const std::exception& error) {
            run.fail(error.what());
          }
        },
        [](void* kernel) { delete static_cast<Kernel*>(kernel); });
    TF_RegisterKernelBuilder(name, kernel, status);
  }
  const bool failed = TF_GetCode(status) != TF_OK;
  const std::string why = failed ? std::string(name) + ": " + TF_Message(status) : "";
  TF_DeleteStatus(status);
  if (failed) throw std::runtime_error(why);
}

}  // namespace sed
