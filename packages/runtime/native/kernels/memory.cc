// What the process holds without use once TensorFlow is loaded.
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>

namespace {
constexpr uintptr_t kPage = 4096;

// Lets go of what is resident of a library's code and constants. Loading TensorFlow runs thousands of initialisers from all over its 700 MB, and some 290 MB
// stay mapped in, of which a training step uses some 80. What is touched again comes back from the system's page cache. Segments that
// can be written are left alone: relocations have changed them.
int LetGo(dl_phdr_info* library, size_t, void*) {
  if (std::strstr(library->dlpi_name, "libtensorflow") == nullptr) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
    const uintptr_t begin = (library->dlpi_addr + segment.p_vaddr) / kPage * kPage;
    const uintptr_t end = (library->dlpi_addr + segment.p_vaddr + segment.p_filesz) / kPage * kPage;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}
}  // namespace

void ReturnMemory() {
#ifdef M_MMAP_THRESHOLD
  // glibc keeps large blocks that were freed once, up to 32 MB each: here the arrays that weights and images were read into. TensorFlow keeps
  // the memory of tensors itself, so nothing that is allocated often is this large.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
  dl_iterate_phdr(LetGo, nullptr);
}
