// What people call runs. The one rule behind every verb that takes a RUN:
//
//   runs/pirate            a run's folder, or the database in it
//   pirate                 the folder's name below runs/, where there is no such folder here
//   pirate@3, pirate@best  one execution in that folder, by its number or by a name it was given; else the newest
#pragma once

#include <string>
#include <vector>

#include "harness/store/store.h"

namespace bakeoff::store {

struct Place {
  Path folder;
  std::string execution;  ///< "3", a tag, or empty: the newest
};

/// The folder alone; a name with '@' is one as well where such a folder exists.
Path run_folder(const std::string& name);
Place place_of(const std::string& name);

/// Errors: no such execution, none at all.
Result<RunId> find_execution(Store& store, const std::string& execution);

/// The folders with a store directly below `folder`, sorted.
std::vector<Path> stores_below(const Path& folder);

}  // namespace bakeoff::store
