// A Node addon that gives TensorFlow ops of ours as it is loaded.
#include <node_api.h>

#include <exception>

void RegisterActivations();
void ReturnMemory();
void RegisterConvolutions();
void RegisterDepthwise();
void RegisterFocalLoss();
void RegisterFoldNorm();
void RegisterRoiAlign();
void RegisterUpdates();

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  ReturnMemory();
  try {
    RegisterActivations();
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
