// The part of a suite's items that an experiment asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/evaluation.h"
#include "harness/core/json.h"

namespace bakeoff::suites {

struct Selection {
  std::optional<int> limit;      ///< the first so many; none: all
  std::vector<std::string> ids;  ///< these, in this order; empty: all
  std::string where;             ///< "pirate.yaml: suites[0]", for errors

  /// An id that no item has, or that is named twice, is an error.
  Result<std::vector<Item>> of(std::vector<Item> items) const;
};

/// Keys `limit` and `ids`; the caller finishes the reader.
Selection read_selection(ObjectReader& fields, const std::string& where);

}  // namespace bakeoff::suites
