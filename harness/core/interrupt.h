// Ctrl-C: the first one asks everything to finish what is in flight and save; a second one ends at once.
#pragma once

namespace bakeoff {

/// Installs handlers for SIGINT and SIGTERM. Call once, from main.
void catch_interrupts();
/// True after the first signal. Safe from any thread.
bool interrupted();
/// For tests.
void set_interrupted(bool value);

}  // namespace bakeoff
