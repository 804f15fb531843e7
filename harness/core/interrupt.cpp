// Signal handling: only what may be done in a handler is done there.
#include "harness/core/interrupt.h"

#include <atomic>

#include <signal.h>
#include <unistd.h>

namespace bakeoff {

namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch only lock-free atomics");

extern "C" void on_signal(int) {
  constexpr int kInterruptedStatus = 130;
  if (asked.exchange(true)) _exit(kInterruptedStatus);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return asked.load(); }
void set_interrupted(bool value) { asked.store(value); }

}  // namespace bakeoff
