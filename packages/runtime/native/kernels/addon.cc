// A Node addon that gives TensorFlow ops of ours while it is loaded. It says which ones it has.
#include <node_api.h>
#include <omp.h>

#include <cstdlib>
#include <exception>

void RegisterConvolutions();

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  // As many threads as TensorFlow was told to take.
  const char* threads = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (threads != nullptr && std::getenv("OMP_NUM_THREADS") == nullptr && std::atoi(threads) > 0)
    omp_set_num_threads(std::atoi(threads));
  try {
    RegisterConvolutions();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
