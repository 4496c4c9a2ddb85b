// What must be done to the process before TensorFlow's libraries are loaded; this little addon is loaded first.
//
// mute(), restore(): TensorFlow logs a note on oneDNN while it is being loaded, before any setting of its log can be made.
// stderr goes to /dev/null for that moment.
//
// divertSignals(): a signal handler that runs on the main thread while it computes one of oneDNN's generated matrix products
// overwrites the heap (seen as "corrupted size vs. prev_size" under 2,000 SIGUSR2): that code seems to move the stack pointer into a
// buffer of its own. So the main thread blocks signals, and with it the threads that TensorFlow starts later; they are handled on one of the
// threads that Node had started before, from which libuv wakes the event loop as ever. SIGPROF is aimed at a thread and is
// not diverted but held back: --cpu-prof sees nothing of the main thread.
#include <fcntl.h>
#include <node_api.h>
#include <signal.h>
#include <unistd.h>

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
  napi_value mute, restore, divertSignals;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, Mute, nullptr, &mute);
  napi_create_function(env, "restore", NAPI_AUTO_LENGTH, Restore, nullptr, &restore);
  napi_set_named_property(env, exports, "mute", mute);
  napi_set_named_property(env, exports, "restore", restore);
  napi_create_function(env, "divertSignals", NAPI_AUTO_LENGTH, DivertSignals, nullptr, &divertSignals);
  napi_set_named_property(env, exports, "divertSignals", divertSignals);
  return exports;
}
