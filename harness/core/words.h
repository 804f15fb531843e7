// Numbers in sentences: the same words wherever something is counted.
#pragma once

#include <cstdint>
#include <string>

namespace bakeoff {

/// "12,345", "\u22123".
std::string count_text(std::int64_t count);
/// "1 item", "3 items", "0 items". A noun with another plural brings it: counted(2, "criterion", "criteria").
std::string counted(std::int64_t count, const std::string& noun);
std::string counted(std::int64_t count, const std::string& noun, const std::string& nouns);

}  // namespace bakeoff
