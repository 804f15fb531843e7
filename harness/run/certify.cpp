// See certify.h. Numbers count 64 bits, texts 8 bits a byte; what only one side has counts as changed altogether.
#include "harness/run/certify.h"

#include <algorithm>
#include <bit>

namespace bakeoff::run {
namespace {

struct Bits {
  std::int64_t all = 0, changed = 0;
};

std::uint64_t pattern_of(const Json& number) {
  return number.is_number_float() ? std::bit_cast<std::uint64_t>(number.get<double>())
                                  : static_cast<std::uint64_t>(number.get<std::int64_t>());
}

Bits operator+(Bits a, const Bits& b) { return {a.all + b.all, a.changed + b.changed}; }

Bits compare_texts(const std::string& a, const std::string& b) {
  Bits bits;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool on_both = i < a.size() && i < b.size();
    bits.all += 8;
    bits.changed += on_both ? std::popcount(static_cast<unsigned>(static_cast<unsigned char>(a[i] ^ b[i]))) : 8;
  }
  return bits;
}

Bits compare_values(const Json& a, const Json& b);

Bits compare_lists(const Json& a, const Json& b) {
  Bits bits;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    bits = bits + compare_values(i < a.size() ? a[i] : Json(), i < b.size() ? b[i] : Json());
  return bits;
}

Bits compare_objects(const Json& a, const Json& b) {
  Bits bits;
  for (const auto& entry : a.items()) bits = bits + compare_values(entry.value(), b.value(entry.key(), Json()));
  for (const auto& entry : b.items())
    if (!a.contains(entry.key())) bits = bits + compare_values(Json(), entry.value());
  return bits;
}

Bits compare_values(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return {64, std::popcount(pattern_of(a) ^ pattern_of(b))};
  if (a.is_string() && b.is_string())
    return compare_texts(a.get_ref<const std::string&>(), b.get_ref<const std::string&>());
  if (a.is_array() && b.is_array()) return compare_lists(a, b);
  if (a.is_object() && b.is_object()) return compare_objects(a, b);
  if (a == b) return {1, 0};
  return {64, 64};
}

Json record_of(const store::SampleRow& row) {
  return {{"ids", row.sample.completion.ids},
          {"text", row.sample.completion.text},
          {"finish_reason", row.sample.completion.finish_reason},
          {"replies", row.replies}};
}

}  // namespace

void compare_bits(const store::SampleRow& first, const store::SampleRow& second, Certificate& certificate) {
  const Bits bits = compare_values(record_of(first), record_of(second));
  ++certificate.samples;
  certificate.changed_samples += bits.changed > 0;
  certificate.bits += bits.all;
  certificate.changed_bits += bits.changed;
}

}  // namespace bakeoff::run
