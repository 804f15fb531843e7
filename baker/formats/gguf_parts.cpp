// Models in several GGUF files, as llama.cpp's gguf-split writes them (tools/gguf-split): part i of n is called
// NAME-0000i-of-0000n.gguf and holds the keys split.no (from 0), split.count and split.tensors.count; all other
// metadata are in the first part.
#include <charconv>
#include <optional>

#include "baker/formats/gguf.h"

namespace bakeoff::baker {
namespace {

constexpr std::string_view kBetween = "-of-", kEnding = ".gguf";
constexpr std::size_t kDigits = 5;

/// "NAME-00002-of-00003.gguf" is {"NAME", 2, 3}.
struct PartName {
  std::string stem;
  int part, parts;

  std::string of(int number) const { return stem + "-" + digits(number) + "-of-" + digits(parts) + ".gguf"; }

 private:
  static std::string digits(int number) {
    const std::string text = std::to_string(number);
    return std::string(kDigits - text.size(), '0') + text;
  }
};

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return number;
}

std::optional<PartName> part_name(const Path& file) {
  const std::string name = file.filename().string();
  constexpr std::size_t kTail = 1 + kDigits + kBetween.size() + kDigits + kEnding.size();
  if (name.size() <= kTail || !name.ends_with(kEnding)) return std::nullopt;
  const std::string_view tail = std::string_view(name).substr(name.size() - kTail);
  if (tail[0] != '-' || tail.substr(1 + kDigits, kBetween.size()) != kBetween) return std::nullopt;
  const auto part = number_in(tail.substr(1, kDigits));
  const auto parts = number_in(tail.substr(1 + kDigits + kBetween.size(), kDigits));
  if (!part || !parts || *part < 1 || *part > *parts) return std::nullopt;
  return PartName{name.substr(0, name.size() - kTail), *part, *parts};
}

/// A whole number of the metadata, or -1.
std::int64_t number_at(const GgufMetadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  const auto* number = found == metadata.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return number ? *number : -1;
}

Status check_part(const GgufMetadata& metadata, const PartName& name, const Path& file) {
  if (number_at(metadata, "split.count") == name.parts && number_at(metadata, "split.no") == name.part - 1) return {};
  return input_error("its name says part " + std::to_string(name.part) + " of " + std::to_string(name.parts) +
                         ", its keys split.no and split.count do not",
                     file.string(), "fetch all parts again, and keep their names");
}

}  // namespace

std::vector<Path> gguf_files(const Path& file) {
  const auto name = part_name(file);
  std::vector<Path> files = {file};
  if (!name || name->part != 1) return files;
  for (int part = 2; part <= name->parts; ++part) files.push_back(file.parent_path() / name->of(part));
  return files;
}

Status Gguf::add_other_parts() {
  auto name = part_name(file_);
  const bool is_split = number_at(metadata_, "split.count") > 1;
  if (!is_split && (!name || name->parts == 1)) return {};
  if (!name)
    return input_error("the file is one part of several, and its name does not say which", file_.string(),
                       "name the parts NAME-00001-of-0000N.gguf, as they were published");
  if (name->part != 1)
    return input_error("this is part " + std::to_string(name->part) + " of " + std::to_string(name->parts),
                       file_.string(), "give the first part, " + name->of(1));
  const std::vector<Path> files = gguf_files(file_);
  BAKEOFF_CHECK(check_part(metadata_, *name, file_));
  for (name->part = 2; name->part <= name->parts; ++name->part) {
    const Path& file = files[static_cast<std::size_t>(name->part) - 1];
    BAKEOFF_TRY(const GgufMetadata metadata, add_file(file));
    BAKEOFF_CHECK(check_part(metadata, *name, file));
  }
  const std::int64_t tensors = number_at(metadata_, "split.tensors.count");
  if (tensors != -1 && tensors != static_cast<std::int64_t>(tensors_.size()))
    return input_error("the parts hold " + std::to_string(tensors_.size()) + " tensors, split.tensors.count says " +
                           std::to_string(tensors),
                       file_.string(), "fetch all parts again");
  return {};
}

}  // namespace bakeoff::baker
