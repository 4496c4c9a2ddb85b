#pragma once
#include <cstdlib>
#include <new>

namespace sed {
// Memory that is kept between calls and only grows. Kernels run one at a time (`OneAtATime` of op.h).
class Workspace {
 public:
  ~Workspace() { std::free(data_); }
  void* bytes(size_t wanted) {
    if (wanted > size_) {
      std::free(data_);
      size_ = (wanted + 4095) / 4096 * 4096;
      data_ = std::aligned_alloc(4096, size_);
      if (data_ == nullptr) {
        size_ = 0;
        throw std::bad_alloc();
      }
    }
    return data_;
  }
  float* floats(size_t count) { return static_cast<float*>(bytes(count * sizeof(float))); }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};
}  // namespace sed
