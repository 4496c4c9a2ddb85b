// oneDNN's build for oneTBB was made with Intel's compiler and asks for its support libraries by name, of which it uses two functions.
// This is compiled under those names, so that nothing but oneDNN has to be fetched.
#include <cstring>

extern "C" void* _intel_fast_memcpy(void* to, const void* from, size_t size) { return std::memcpy(to, from, size); }
extern "C" void* _intel_fast_memset(void* to, int value, size_t size) { return std::memset(to, value, size); }
