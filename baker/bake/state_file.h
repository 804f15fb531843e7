// What a bake keeps on disk while it works: one line of JSON, then fp32 values. Written atomically and checked on
// reading, so that a file which was cut short or damaged is noticed and never continued from.
//
//   {"kind":"training","request":"ab12...","values":1024,"sha256":"...", ...}\n<4096 bytes, little-endian>
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace bakeoff::baker {

struct StateFile {
  Json header;
  std::vector<float> values;
};

/// `header` must be an object; "values" and "sha256" are added to it.
Status write_state(const Path& file, Json header, std::span<const float> values);
/// Missing or damaged: an input error that names the file.
Result<StateFile> read_state(const Path& file);

}  // namespace bakeoff::baker
