// The table of bake methods: what a step minimises, given what the teacher knew and the student's states.
#pragma once

#include <span>
#include <string>

#include "baker/bake/losses.h"

namespace bakeoff::baker {

struct BakeMethod {
  const char* name;
  const char* summary;
  Result<KlResult> (*loss)(const HeadLoss& head, const HeadMoments& teacher, std::span<const float> student_hidden,
                           std::int64_t batch_tokens);
};

/// An unknown name is an input error that lists the known ones.
Result<const BakeMethod*> find_method(const std::string& name);

}  // namespace bakeoff::baker
