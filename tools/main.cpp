// The program `bakeoff`: see commands.cpp for its verbs.
#include "harness/core/interrupt.h"
#include "tools/commands.h"

int main(int count, char** words) {
  bakeoff::catch_interrupts();
  return bakeoff::tools::run_program({words + 1, words + count});
}
