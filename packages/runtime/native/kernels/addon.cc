// A Node addon that gives TensorFlow ops of ours as it is loaded.
#include <malloc.h>
#include <node_api.h>

#include <exception>

void RegisterActivations();
void RegisterBernoulli();
void RegisterConvolutions();
void RegisterDepthwise();
void RegisterFocalLoss();
void RegisterFoldNorm();
void RegisterRoiAlign();
void RegisterUpdates();

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
#ifdef M_MMAP_THRESHOLD
  // glibc keeps large blocks that were freed once, up to 32 MB each: here the arrays that weights and images were read into. TensorFlow keeps
  // the memory of tensors itself, so nothing that is allocated often is this large.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
  try {
    RegisterActivations();
    RegisterBernoulli();
    RegisterConvolutions();
    RegisterDepthwise();
    RegisterFocalLoss();
    RegisterFoldNorm();
    RegisterRoiAlign();
    RegisterUpdates();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
