// Every promise of the sandbox, tried out on this machine: `bakeoff doctor` shows them, the tests require them.
#pragma once

#include <string>
#include <vector>

#include "judges/sandbox/python_tests.h"

namespace bakeoff::judges {

struct PromiseCheck {
  std::string promise;  ///< "no network"
  bool kept = false;
  std::string found;  ///< what happened instead; empty when kept
};

/// Runs an attack on each promise, one after the other; about 3 s.
std::vector<PromiseCheck> check_promises(const PythonTests& python);

}  // namespace bakeoff::judges
