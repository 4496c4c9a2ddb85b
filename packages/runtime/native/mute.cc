// What must be done to the process before TensorFlow's libraries are loaded, and after; this little addon is loaded first.
//
// mute(), restore(): TensorFlow logs a note on oneDNN while it is being loaded, before any setting of its log can be made.
// stderr goes to /dev/null for that moment.
//
// claim(): whether TensorFlow is the calling thread's, which it is for the first thread of the process that asks. Loading our kernels for
// another one would register their ops a second time, which ends the process, and their work areas are shared.
//
// divertSignals(): a signal handler that runs on the main thread while it computes one of oneDNN's generated matrix products
// overwrites the heap (seen as "corrupted size vs. prev_size" under 2,000 SIGUSR2): that code seems to move the stack pointer into a
// buffer of its own. So the main thread blocks signals, and with it the threads that TensorFlow starts later; they are handled on one of the
// threads that Node had started before, from which libuv wakes the event loop as ever. SIGPROF is aimed at a thread and is
// not diverted but held back: --cpu-prof sees nothing of the main thread.
//
// releaseCode(): loading TensorFlow runs the start-up code of thousands of kernels, spread over its 400 MB of code, and so most of that
// becomes resident, 320 MB of it never to be looked at again. Such pages are the file's; what is used after all is mapped again at the next
// touch, from the system's cache of files.
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <node_api.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

static napi_value Claim(napi_env env, napi_callback_info) {
  static std::atomic<bool> taken{false};
  thread_local bool mine = false;
  if (!mine) mine = !taken.exchange(true);
  napi_value answer;
  napi_get_boolean(env, mine, &answer);
  return answer;
}

static napi_value DivertSignals(napi_env, napi_callback_info) {
  sigset_t signals;
  sigemptyset(&signals);
  // Not the signals of faults (SIGSEGV and the like): those belong to the thread that causes them.
  const int numbers[] = {SIGINT,  SIGTERM,  SIGHUP,  SIGQUIT, SIGUSR1,   SIGUSR2, SIGCHLD, SIGWINCH,
                         SIGCONT, SIGTSTP, SIGALRM, SIGPROF, SIGVTALRM, SIGIO,   SIGPIPE};
  for (const int number : numbers) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return nullptr;
}

static int ReleaseLibrary(dl_phdr_info* library, size_t, void*) {
  if (strstr(library->dlpi_name, "/libtensorflow_") == nullptr) return 0;
  // Code that was changed when it was loaded is not the file's any more.
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)& part = library->dlpi_phdr[i];
    if (part.p_type != PT_DYNAMIC) continue;
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(library->dlpi_addr + part.p_vaddr); entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) return 0;
  }
  const uintptr_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)& part = library->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const uintptr_t begin = (library->dlpi_addr + part.p_vaddr + page - 1) / page * page;
    const uintptr_t end = (library->dlpi_addr + part.p_vaddr + part.p_memsz) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

static napi_value ReleaseCode(napi_env, napi_callback_info) {
  dl_iterate_phdr(ReleaseLibrary, nullptr);
  return nullptr;
}

static int saved = -1;

static napi_value Mute(napi_env, napi_callback_info) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved >= 0 || nowhere < 0) return nullptr;
  saved = dup(STDERR_FILENO);
  if (saved >= 0) dup2(nowhere, STDERR_FILENO);
  close(nowhere);
  return nullptr;
}

static napi_value Restore(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  dup2(saved, STDERR_FILENO);
  close(saved);
  saved = -1;
  return nullptr;
}

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"claim", Claim}, {"mute", Mute}, {"restore", Restore}, {"divertSignals", DivertSignals}, {"releaseCode", ReleaseCode}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  }
  return exports;
}
