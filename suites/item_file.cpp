// Rows become items; see item_file.h.
#include "suites/item_file.h"

#include <algorithm>
#include <map>

#include "harness/core/row_file.h"
#include "harness/core/sha256.h"
#include "suites/judge_spec.h"

namespace bakeoff::suites {

namespace {

/// The question's letters and digits in lower case, joined by hyphens; a digest where it has none in ASCII.
std::string id_of(const Conversation& messages) {
  constexpr std::size_t kLongest = 64;
  const std::string question = messages.empty() ? "" : messages.back().content;
  std::string id;
  for (const char c : question) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (letter)
      id += (c >= 'A' && c <= 'Z') ? static_cast<char>(c | 0x20) : c;
    else if (!id.empty() && id.back() != '-')
      id += '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  const bool lossless = !id.empty() && id.size() <= kLongest;
  return lossless ? id : "q-" + short_id(sha256_hex(dump(bakeoff::to_json(messages))));
}

Result<Conversation> messages_of(ObjectReader& row, const std::string& where) {
  if (row.has("messages") == row.has("question"))
    return input_error("a row needs either \"question\" or \"messages\"", where);
  if (row.has("messages")) {
    BAKEOFF_TRY(auto messages, conversation_from_json(row.raw("messages"), where + ".messages"));
    if (messages.empty() || messages.back().role != "user")
      return input_error("the last message must be the user's", where + ".messages");
    return messages;
  }
  const auto question = row.required<std::string>("question");
  if (question.find_first_not_of(" \t\r\n") == std::string::npos && row.raw("question").is_string())
    return input_error("the question is empty", where + ".question");
  return Conversation{{"user", question}};
}

Result<Item> read_item(const Json& json, const std::string& where, const RowReader& read_row) {
  ObjectReader row(json, where);
  Item item;
  BAKEOFF_TRY(item.messages, messages_of(row, where));
  item.id = row.optional("id", id_of(item.messages));
  item.group = row.optional("group", item.id);
  if (item.id.empty()) return input_error("the id is empty", where + ".id", "leave it out or name the item");
  BAKEOFF_CHECK(read_row(row, where, item));
  BAKEOFF_CHECK(row.finish());
  return item;
}

/// Items with ids of their own.
class Collector {
 public:
  Collector(std::string file, RowConverter convert) : file_(std::move(file)), convert_(std::move(convert)) {}

  Status add(std::size_t line, const Json& json) {
    const std::string where = file_ + ":" + std::to_string(line);
    BAKEOFF_TRY(Item item, convert_(json, where));
    const auto [first, is_new] = line_of_.emplace(item.id, line);
    if (!is_new)
      return input_error("a second item \"" + item.id + "\" (first on line " + std::to_string(first->second) + ")",
                         where, "give each row its own \"id\"");
    items_.push_back(std::move(item));
    return {};
  }

  Result<std::vector<Item>> take() {
    if (items_.empty()) return input_error("no items", file_, "write one JSON object a line");
    return std::move(items_);
  }

 private:
  std::string file_;
  RowConverter convert_;
  std::vector<Item> items_;
  std::map<std::string, std::size_t> line_of_;
};

}  // namespace

Result<std::vector<Item>> read_converted(const Path& file, const RowConverter& convert) {
  Collector items(file.string(), convert);
  BAKEOFF_CHECK(for_each_row(file, [&](std::size_t line, const Json& json) { return items.add(line, json); }));
  return items.take();
}

Result<std::vector<Item>> read_shipped_items(std::string_view name, const RowReader& read_row) {
  std::string_view rows = shipped_set(name);
  const std::string where = "datasets/" + std::string(name) + ".jsonl";
  Collector items(where, [&](const Json& json, const std::string& at) { return read_item(json, at, read_row); });
  for (std::size_t line = 1; !rows.empty(); ++line) {
    const std::string_view row = rows.substr(0, rows.find('\n'));
    rows.remove_prefix(std::min(rows.size(), row.size() + 1));
    BAKEOFF_TRY(const Json json, parse_json(row, where + ":" + std::to_string(line)));
    BAKEOFF_CHECK(items.add(line, json));
  }
  return items.take();
}

Result<std::vector<Item>> read_items(const Path& file, const RowReader& read_row) {
  return read_converted(file,
                        [&](const Json& json, const std::string& where) { return read_item(json, where, read_row); });
}

Result<Path> item_path(const SuiteConfig& config, const std::string& given, const std::string& pulled) {
  if (!given.empty()) return config.folder / given;
  const Path file = cache_folder() / "datasets" / pulled;
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return file;
  return input_error("the set is not here", config.where,
                     "run: bakeoff datasets pull " + Path(pulled).begin()->string() + ", or give items: FILE");
}

Result<Path> named_item_path(const SuiteConfig& config, const std::string& given, const std::string& wanted) {
  if (!given.empty()) return config.folder / given;
  return input_error("no file of items is named", config.where + ".items", "give items: FILE, " + wanted);
}

std::string suite_digest(const SuiteCard& card, const Json& configuration, const std::vector<Item>& items) {
  Json judge_versions = Json::object();
  add_judge_versions(configuration, judge_versions);
  for (const Item& item : items) add_judge_versions(item.reference, judge_versions);
  Sha256 hash;
  hash.update(dump(Json{
      {"suite", card.name}, {"version", card.version}, {"configuration", configuration}, {"judges", judge_versions}}));
  for (const Item& item : items)
    hash.update("\n").update(dump(Json{{"id", item.id},
                                       {"group", item.group},
                                       {"messages", bakeoff::to_json(item.messages)},
                                       {"reference", item.reference}}));
  return hash.hex();
}

}  // namespace bakeoff::suites
